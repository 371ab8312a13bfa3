// The embedded object store against our own storage module, and against tampering.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '@meeboter/chassis/env.ts';
import { openStorage } from '@meeboter/chassis/storage.ts';
import { storeFault } from '@meeboter/chassis/store-fault.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedS3, startEmbeddedS3 } from './s3.ts';

const dir = mkdtempSync(join(tmpdir(), 'meeboter-s3-'));
const credentials = { accessKeyId: 'test', secretAccessKey: 'test-secret' };
let s3: EmbeddedS3;

function storageWith(overrides: Record<string, string> = {}) {
  return openStorage(
    readSettings({
      DATABASE_URL: 'postgresql://unused@127.0.0.1/unused',
      S3_ENDPOINT: s3.endpoint,
      S3_ACCESS_KEY_ID: credentials.accessKeyId,
      S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      MEEBOTER_SECRET: 'x'.repeat(32),
      ...overrides,
    }),
  );
}

beforeAll(async () => {
  s3 = await startEmbeddedS3({ dir, port: 0, credentials });
  await storageWith().ensureBucket();
});
afterAll(async () => {
  await s3.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function put(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) {
  const response = await fetch(url, { method: 'PUT', body, headers });
  return { status: response.status, etag: response.headers.get('etag') ?? '' };
}

describe('the embedded object store', () => {
  it('takes parts by presigned URL, lists them, and completes them into one object', async () => {
    const storage = storageWith();
    const key = 'recordings/a b/1.mp4';
    const uploadId = await storage.createMultipart(key, 'video/mp4');
    const first = new Uint8Array(5 * 1024 * 1024).fill(1);
    expect((await put((await storage.presignPart(key, uploadId, 1)).url, first)).status).toBe(200);
    expect((await put((await storage.presignPart(key, uploadId, 2)).url, 'grow')).status).toBe(200);
    // A part sent again replaces the earlier one.
    expect((await put((await storage.presignPart(key, uploadId, 2)).url, 'growing')).status).toBe(200);
    const parts = await storage.listParts(key, uploadId);
    expect(parts?.map((part) => [part.partNumber, part.bytes])).toEqual([
      [1, first.length],
      [2, 7],
    ]);
    await storage.complete(key, uploadId, parts ?? []);
    expect(await storage.size(key)).toBe(first.length + 7);
    expect(await storage.listParts(key, uploadId)).toBeNull();
    // The answer was lost, the call comes again.
    const again = storage.complete(key, uploadId, parts ?? []);
    expect(storeFault(await again.catch((error: unknown) => error)).verdict).toBe('gone');
  });

  it('refuses a tampered, an expired and an unsigned request', async () => {
    const storage = storageWith();
    const url = await storage.presignPut('evidence/x.png', 'image/png', 4);
    expect((await put(url, 'abcd', { 'content-type': 'image/png' })).status).toBe(200);
    expect((await put(url.replace('x.png', 'y.png'), 'abcd', { 'content-type': 'image/png' })).status).toBe(
      403,
    );
    const { url: get } = await storage.presignGet('evidence/x.png', 'x.png');
    expect((await fetch(get)).status).toBe(200);
    expect((await fetch(get.replace(/X-Amz-Expires=\d+/, 'X-Amz-Expires=86400'))).status).toBe(403);
    expect((await fetch(get.split('?')[0] ?? '')).status).toBe(403);
  });

  it('refuses credentials that are not its own', async () => {
    await expect(storageWith({ S3_SECRET_ACCESS_KEY: 'wrong' }).ensureBucket()).rejects.toThrow(
      /cannot be used/,
    );
  });

  it('keeps objects over a restart', async () => {
    const storage = storageWith();
    await put(await storage.presignPut('evidence/kept.txt', 'text/plain', 4), 'kept', {
      'content-type': 'text/plain',
    });
    await s3.stop();
    s3 = await startEmbeddedS3({ dir, port: 0, credentials });
    expect(await storageWith().size('evidence/kept.txt')).toBe(4);
  });
});
