/**
 * A refusal as S3 words it: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
 * `status` is the answer's HTTP status, `code` S3's error code.
 */
export class S3Error extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'S3Error';
    this.status = status;
    this.code = code;
  }
}

export const noSuchKey = () => new S3Error(404, 'NoSuchKey', 'There is no object with this key.');
export const noSuchUpload = () =>
  new S3Error(404, 'NoSuchUpload', 'There is no such upload. It may have been completed or aborted.');

/** A request that asks for something that S3 can do and this store cannot. */
export const notImplemented = (what: string) =>
  new S3Error(501, 'NotImplemented', `The embedded object store does not implement ${what}.`);
