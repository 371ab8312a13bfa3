// The object store. Keys are chosen by the server; bots get presigned URLs.
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { StoreSettings } from './env/store.ts';

/** Part URLs are handed out long ahead of need: a bot records on while the API is away. */
const PART_URL_TTL_SECONDS = 6 * 3600;

export interface StoredPart {
  partNumber: number;
  etag: string;
  bytes: number;
}

export interface Storage {
  /** Makes the bucket when it is not there. Throws a readable Error when the store cannot be used. */
  ensureBucket(): Promise<void>;
  createMultipart(key: string, contentType: string): Promise<string>;
  /** URL for one part, and when it stops working. */
  presignPart(key: string, uploadId: string, partNumber: number): Promise<{ url: string; expiresAt: Date }>;
  presignPut(key: string, contentType: string, bytes: number): Promise<string>;
  /** Download link for users, valid for SIGNED_URL_TTL_SECONDS. */
  presignGet(key: string, fileName: string): Promise<{ url: string; expiresAt: Date }>;
  /** Parts that have arrived; null when the upload is over (completed or aborted). */
  listParts(key: string, uploadId: string): Promise<StoredPart[] | null>;
  /** Completes the upload; quietly true when it is complete already. False when it is gone. */
  complete(key: string, uploadId: string, parts: { partNumber: number; etag: string }[]): Promise<boolean>;
  abort(key: string, uploadId: string): Promise<void>;
  /** Size of an object in bytes; null when there is none. */
  size(key: string): Promise<number | null>;
  close(): void;
}

const CONNECT_MS = 5_000;
/** Putting a long recording together takes some stores a while. */
const REQUEST_MS = 60_000;

/** Opens the object store. `requestMs`: how long it may take to answer one request, of four tries. */
export function openStorage(settings: StoreSettings, { requestMs = REQUEST_MS } = {}): Storage {
  const client = clientOf(settings, settings.S3_ENDPOINT, requestMs);
  const publicUrl = settings.S3_PUBLIC_ENDPOINT;
  const publicClient = publicUrl ? clientOf(settings, publicUrl, requestMs) : client;
  const Bucket = settings.S3_BUCKET;

  const size = async (key: string) => {
    try {
      return (await client.send(new HeadObjectCommand({ Bucket, Key: key }))).ContentLength ?? 0;
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  };

  return {
    async ensureBucket() {
      try {
        await client.send(new HeadBucketCommand({ Bucket }));
      } catch (error) {
        if (!isMissing(error))
          throw new Error(`The object store cannot be used: ${messageOf(error)}`, { cause: error });
        await client.send(new CreateBucketCommand({ Bucket }));
      }
    },

    async createMultipart(key, contentType) {
      const answer = await client.send(
        new CreateMultipartUploadCommand({ Bucket, Key: key, ContentType: contentType }),
      );
      if (!answer.UploadId) throw new Error('the object store opened a multipart upload without an id');
      return answer.UploadId;
    },

    async presignPart(key, uploadId, partNumber) {
      const command = new UploadPartCommand({ Bucket, Key: key, UploadId: uploadId, PartNumber: partNumber });
      return presign(client, PART_URL_TTL_SECONDS, (options) => getSignedUrl(client, command, options));
    },

    presignPut(key, contentType, bytes) {
      // Length and type are part of the signature: the URL takes this file and no other.
      const command = new PutObjectCommand({
        Bucket,
        Key: key,
        ContentType: contentType,
        ContentLength: bytes,
      });
      return getSignedUrl(client, command, {
        expiresIn: 3600,
        signableHeaders: new Set(['content-type', 'content-length', 'host']),
      });
    },

    async presignGet(key, fileName) {
      const command = new GetObjectCommand({
        Bucket,
        Key: key,
        ResponseContentDisposition: `attachment; filename="${fileName}"`,
      });
      return presign(publicClient, settings.SIGNED_URL_TTL_SECONDS, (options) =>
        getSignedUrl(publicClient, command, options),
      );
    },

    async listParts(key, uploadId) {
      const parts: StoredPart[] = [];
      let marker: string | undefined;
      try {
        do {
          const page = await client.send(
            new ListPartsCommand({ Bucket, Key: key, UploadId: uploadId, PartNumberMarker: marker }),
          );
          for (const part of page.Parts ?? []) {
            if (part.PartNumber === undefined || part.ETag === undefined) continue;
            parts.push({ partNumber: part.PartNumber, etag: part.ETag, bytes: part.Size ?? 0 });
          }
          marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
        } while (marker !== undefined);
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
      return parts.sort((a, b) => a.partNumber - b.partNumber);
    },

    async complete(key, uploadId, parts) {
      try {
        await client.send(
          new CompleteMultipartUploadCommand({
            Bucket,
            Key: key,
            UploadId: uploadId,
            MultipartUpload: {
              Parts: parts.map((part) => ({ PartNumber: part.partNumber, ETag: part.etag })),
            },
          }),
        );
        return true;
      } catch (error) {
        // Completed before, and the answer was lost?
        if (isMissing(error)) return (await size(key)) !== null;
        throw error;
      }
    },

    async abort(key, uploadId) {
      try {
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key: key, UploadId: uploadId }));
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    },

    size,

    close() {
      client.destroy();
      if (publicClient !== client) publicClient.destroy();
    },
  };
}

/**
 * A URL that works for so long, or as long as the credentials that sign it: those of a role expire, and
 * their URLs with them.
 */
async function presign(
  client: S3Client,
  expiresIn: number,
  sign: (options: { expiresIn: number }) => Promise<string>,
): Promise<{ url: string; expiresAt: Date }> {
  const { expiration } = await client.config.credentials();
  const atMs = Math.min(Date.now() + expiresIn * 1000, expiration?.getTime() ?? Number.POSITIVE_INFINITY);
  return { url: await sign({ expiresIn }), expiresAt: new Date(atMs) };
}

function clientOf(settings: StoreSettings, endpoint: string | undefined, requestMs: number): S3Client {
  const credentials = credentialsOf(settings);
  return new S3Client({
    region: settings.S3_REGION,
    ...(endpoint === undefined ? {} : { endpoint }),
    forcePathStyle: settings.S3_FORCE_PATH_STYLE,
    ...(credentials === undefined ? {} : { credentials }),
    // Older Ceph, Swift and MinIO answer 411 or 501 to the checksum trailers that are the SDK's default.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 4,
    // Without limits a store that hangs keeps whoever asks, and the job they ask for, for ever.
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      // To the answer's first line; what follows may not stand still for as long.
      requestTimeout: requestMs,
      throwOnRequestTimeout: true,
      socketTimeout: requestMs,
    },
  });
}

/** Those of the settings; undefined: the SDK looks for them where it does by default. */
function credentialsOf({ S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY }: StoreSettings) {
  if (S3_ACCESS_KEY_ID === undefined || S3_SECRET_ACCESS_KEY === undefined) return undefined;
  return { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY };
}

function isMissing(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
