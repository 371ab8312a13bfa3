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
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { StoreSettings } from './env/store.ts';
import { type StoreClientOptions, storeClient } from './store-client.ts';
import { storeFault } from './store-fault.ts';

/** Part URLs are handed out long ahead of need, so that a bot can go on uploading while the API is away. */
const PART_URL_TTL_SECONDS = 6 * 3600;

export interface StoredPart {
  partNumber: number;
  etag: string;
  bytes: number;
}

export interface Storage {
  /** Makes the bucket when it is not there. Throws a readable Error when the store cannot be used. */
  ensureBucket(): Promise<void>;
  /** Throws when the store does not answer for the bucket within 3 s; changes nothing. */
  ping(): Promise<void>;
  createMultipart(key: string, contentType: string): Promise<string>;
  /** URL for one part, and when it stops working. */
  presignPart(key: string, uploadId: string, partNumber: number): Promise<{ url: string; expiresAt: Date }>;
  presignPut(key: string, contentType: string, bytes: number): Promise<string>;
  /** Download link for users, valid for SIGNED_URL_TTL_SECONDS. */
  presignGet(key: string, fileName: string): Promise<{ url: string; expiresAt: Date }>;
  /** Parts that have arrived, in order; null when the upload is over (completed or aborted). */
  listParts(key: string, uploadId: string, signal?: AbortSignal): Promise<StoredPart[] | null>;
  /**
   * Completes an upload from these parts, in the order of their numbers; the store deletes those that are
   * left out. Throws the store's error; `storeFault` sorts it. An answer that confirms nothing throws too.
   */
  complete(
    key: string,
    uploadId: string,
    parts: readonly { partNumber: number; etag: string }[],
    signal?: AbortSignal,
  ): Promise<void>;
  /** Deletes an upload and its parts; one that is over is left as it is. */
  abort(key: string, uploadId: string): Promise<void>;
  /** Size of an object in bytes; null when there is none. */
  size(key: string, signal?: AbortSignal): Promise<number | null>;
  /** The bytes of an object from the first offset up to the second, which is not before it. */
  read(key: string, range: readonly [from: number, to: number], signal?: AbortSignal): Promise<Buffer>;
  /** Uploads a part; returns its etag. */
  putPart(
    key: string,
    uploadId: string,
    part: { partNumber: number; body: Buffer },
    signal?: AbortSignal,
  ): Promise<string>;
  close(): void;
}

const PING_MS = 3_000;

/** Opens the object store. */
export function openStorage(settings: StoreSettings, options: StoreClientOptions = {}): Storage {
  const client = storeClient(settings, settings.S3_ENDPOINT, options);
  const publicUrl = settings.S3_PUBLIC_ENDPOINT;
  const publicClient = publicUrl ? storeClient(settings, publicUrl, options) : client;
  // Whoever finishes an upload tries again later, and wants to hear what the store says now.
  const finishing = storeClient(settings, settings.S3_ENDPOINT, { ...options, tries: 2 });
  const Bucket = settings.S3_BUCKET;

  const size: Storage['size'] = async (key, abortSignal) => {
    try {
      const head = await finishing.send(new HeadObjectCommand({ Bucket, Key: key }), sending(abortSignal));
      return head.ContentLength ?? 0;
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

    async ping() {
      await client.send(new HeadBucketCommand({ Bucket }), { abortSignal: AbortSignal.timeout(PING_MS) });
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

    async listParts(key, uploadId, abortSignal) {
      const parts = new Map<number, StoredPart>();
      try {
        for (let marker = 0; ; ) {
          const asked = { Bucket, Key: key, UploadId: uploadId };
          // A page has 1,000 parts; an upload may have 10,000.
          const page = await finishing.send(
            new ListPartsCommand(marker === 0 ? asked : { ...asked, PartNumberMarker: String(marker) }),
            sending(abortSignal),
          );
          for (const { PartNumber: partNumber, ETag: etag, Size: bytes } of page.Parts ?? []) {
            if (partNumber !== undefined && etag !== undefined)
              parts.set(partNumber, { partNumber, etag, bytes: bytes ?? 0 });
          }
          if (!page.IsTruncated) break;
          const next = Number(page.NextPartNumberMarker ?? page.Parts?.at(-1)?.PartNumber ?? 0);
          if (!(next > marker)) throw new Error('The object store repeats a page of its list of parts.');
          marker = next;
        }
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
      return [...parts.values()].sort((a, b) => a.partNumber - b.partNumber);
    },

    async complete(key, uploadId, parts, abortSignal) {
      const Parts = parts.map((part) => ({ PartNumber: part.partNumber, ETag: part.etag }));
      const answer = await finishing.send(
        new CompleteMultipartUploadCommand({
          Bucket,
          Key: key,
          UploadId: uploadId,
          MultipartUpload: { Parts },
        }),
        sending(abortSignal),
      );
      if (answer.ETag === undefined && answer.Key === undefined && answer.Location === undefined) {
        throw new Error('The object store answered 200 without confirming that the upload is complete.');
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

    async read(key, [from, to], abortSignal) {
      if (from === to) return Buffer.alloc(0);
      const Range = `bytes=${from}-${to - 1}`;
      const { Body } = await client.send(
        new GetObjectCommand({ Bucket, Key: key, Range }),
        sending(abortSignal),
      );
      const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
      if (bytes.length !== to - from)
        throw new Error('The object store did not return the range of the object.');
      return bytes;
    },

    async putPart(key, uploadId, { partNumber, body }, abortSignal) {
      const { ETag } = await client.send(
        new UploadPartCommand({ Bucket, Key: key, UploadId: uploadId, PartNumber: partNumber, Body: body }),
        sending(abortSignal),
      );
      if (!ETag) throw new Error('The object store took a part and gave no ETag for it.');
      return ETag;
    },

    close() {
      client.destroy();
      finishing.destroy();
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

const sending = (abortSignal: AbortSignal | undefined) => (abortSignal === undefined ? {} : { abortSignal });

/** Not there: an upload that is over, an object or a bucket that does not exist. */
function isMissing(error: unknown): boolean {
  return storeFault(error).verdict === 'gone';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
