// What an error of the object store means for whoever asked. Stores differ in the
// status and the code they answer with; the differences are settled here, once.
import { S3ServiceException } from '@aws-sdk/client-s3';

/**
 * `gone`: what was asked for is not there. `refused`: the store does not take this content, however
 * often it is sent. `unsupported`: the store does not have this operation. `unavailable`: everything
 * else, from no answer to wrong credentials: the same request may succeed later.
 */
export type StoreVerdict = 'gone' | 'refused' | 'unsupported' | 'unavailable';

export interface StoreFault {
  verdict: StoreVerdict;
  /** The store's own code and message, for people. */
  said: string;
}

/**
 * Codes for a list of parts that will not do, as S3 names them:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 * They count whatever the status is, since they may also come inside an answer 200.
 */
const REFUSALS = ['InvalidPart', 'InvalidPartOrder', 'EntityTooSmall', 'EntityTooLarge', 'MalformedXML'];
/** Statuses for content that will not do; vendors have codes of their own for it. */
const REFUSAL_STATUSES = [400, 411, 412, 416, 422];
/** Codes under such a status that are about the moment or the credentials, not about the content. */
const PASSING = [
  'RequestTimeout',
  'ExpiredToken',
  'InvalidToken',
  'TokenRefreshRequired',
  'AuthorizationHeaderMalformed',
  'AuthorizationQueryParametersError',
  'IncompleteBody',
  'SlowDown',
  'ThrottlingException',
  'Throttling',
];

/** Sorts an error that a request to the store ended with. */
export function storeFault(error: unknown): StoreFault {
  const said = saidBy(error);
  if (!(error instanceof S3ServiceException)) return { verdict: 'unavailable', said };
  const status = error.$metadata.httpStatusCode ?? 0;
  // A bucket that is missing is a matter of configuration, and may be put right.
  if (error.name === 'NoSuchUpload') return { verdict: 'gone', said };
  if (status === 404) return { verdict: error.name === 'NoSuchBucket' ? 'unavailable' : 'gone', said };
  if (status === 501 || status === 405 || error.name === 'NotImplemented') {
    return { verdict: 'unsupported', said };
  }
  const isRefusal = REFUSAL_STATUSES.includes(status) && !PASSING.includes(error.name);
  return { verdict: REFUSALS.includes(error.name) || isRefusal ? 'refused' : 'unavailable', said };
}

function saidBy(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError') return 'The object store did not answer in time.';
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  const text = [error.name, error.message].filter((it) => it && it !== 'Error').join(': ');
  return `${text || 'unknown error'}${status === undefined ? '' : ` (HTTP ${status})`}`.slice(0, 500);
}
