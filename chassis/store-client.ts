// The client of the object store, as every request to it needs it.
import { S3Client } from '@aws-sdk/client-s3';
import type { StoreSettings } from './env/store.ts';

const CONNECT_MS = 5_000;
/** Some stores need a while to put a long recording together. */
const REQUEST_MS = 60_000;

export interface StoreClientOptions {
  /** How long the store may take to answer one try of a request. */
  requestMs?: number;
  /** Tries of a request, the first one included. */
  tries?: number;
}

/** A client of the store at `endpoint`; undefined: AWS itself. */
export function storeClient(
  settings: StoreSettings,
  endpoint: string | undefined,
  { requestMs = REQUEST_MS, tries = 4 }: StoreClientOptions,
): S3Client {
  const credentials = credentialsOf(settings);
  const client = new S3Client({
    region: settings.S3_REGION,
    ...(endpoint === undefined ? {} : { endpoint }),
    forcePathStyle: settings.S3_FORCE_PATH_STYLE,
    ...(credentials === undefined ? {} : { credentials }),
    // Older Ceph, Swift and MinIO answer 411 or 501 to the checksum trailers that are the SDK's default.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: tries,
    // Without time limits a store that hangs would block its caller, and the caller's job, for ever.
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      // Until the first line of the answer; after that, between any two pieces of it.
      requestTimeout: requestMs,
      throwOnRequestTimeout: true,
      socketTimeout: requestMs,
    },
  });
  seeErrorsIn200(client);
  return client;
}

/** Those of the settings; undefined: the SDK looks for them where it does by default. */
function credentialsOf({ S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY }: StoreSettings) {
  if (S3_ACCESS_KEY_ID === undefined || S3_SECRET_ACCESS_KEY === undefined) return undefined;
  return { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY };
}

/**
 * S3 begins its answer to CompleteMultipartUpload with 200 before it knows how the completion ends, and an
 * error may follow: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html.
 * The SDK sees one only at the very end of the body; some stores end theirs with a line break.
 */
function seeErrorsIn200(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const result = await next(args);
        const response = result.response as { body?: AsyncIterable<Uint8Array> };
        if (commandName !== 'CompleteMultipartUploadCommand' || !response.body) return result;
        const chunks: Uint8Array[] = [];
        for await (const chunk of response.body) chunks.push(chunk);
        const body = Buffer.concat(chunks).toString().trimEnd();
        return { ...result, response: Object.assign(response, { body: Buffer.from(body) }) };
      },
    { step: 'deserialize', priority: 'low', name: 'seeErrorsIn200' },
  );
}
