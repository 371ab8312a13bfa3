// The embedded object store against our own storage module.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { storeFault } from '@meeboter/chassis/store-fault.ts';
import { describe, expect, it } from 'vitest';
import { MIB, put, send, testStore } from './s3/testing/store.ts';

const store = testStore();

describe('the embedded object store', () => {
  it('takes parts by presigned URL, lists them, and completes them into one object', async () => {
    const key = 'recordings/a b/1.mp4';
    const uploadId = await store.storage.createMultipart(key, 'video/mp4');
    const first = Buffer.alloc(5 * MIB, 1);
    expect((await put(await store.partUrl(key, uploadId, 1), first)).status).toBe(200);
    expect((await put(await store.partUrl(key, uploadId, 2), 'grow')).status).toBe(200);
    // A part sent again replaces the earlier one.
    expect((await put(await store.partUrl(key, uploadId, 2), 'growing')).status).toBe(200);
    const parts = (await store.storage.listParts(key, uploadId)) ?? [];
    expect(parts.map((part) => [part.partNumber, part.bytes])).toEqual([
      [1, first.length],
      [2, 7],
    ]);
    await store.storage.complete(key, uploadId, parts);
    expect(await store.storage.size(key)).toBe(first.length + 7);
    expect(await store.storage.listParts(key, uploadId)).toBeNull();
    // The answer was lost, the call comes again.
    const again = store.storage.complete(key, uploadId, parts);
    expect(storeFault(await again.catch((error: unknown) => error)).verdict).toBe('gone');
    const link = await store.linkTo(key);
    expect((await send(link, { headers: { range: `bytes=${5 * MIB}-` } })).text).toBe('growing');
    expect((await send(link)).headers).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': String(first.length + 7),
      etag: expect.stringMatching(/^"[0-9a-f]{32}-2"$/),
    });
    expect(readdirSync(join(store.dir, '_multipart'))).toEqual([]);
  });

  it('completes nothing that was not asked for in the right order, with the right parts', async () => {
    const key = 'recordings/1.mp4';
    const id = await store.storage.createMultipart(key, 'video/mp4');
    for (const number of [1, 2]) await put(await store.partUrl(key, id, number), `part ${number}`);
    const [one, two] = (await store.storage.listParts(key, id)) ?? [];
    if (!one || !two) throw new Error('no parts');
    const attempts = [
      [one, two],
      [two, one],
      [one, one],
      [{ ...one, etag: two.etag }],
      [{ ...one, partNumber: 3 }],
      [],
    ];
    const codes = await Promise.all(
      attempts.map((parts) =>
        store.storage.complete(key, id, parts).then(
          () => 'completed',
          (error: Error) => error.name,
        ),
      ),
    );
    const wrong = ['InvalidPartOrder', 'InvalidPartOrder', 'InvalidPart', 'InvalidPart', 'MalformedXML'];
    expect(codes).toEqual(['EntityTooSmall', ...wrong]);
    // And it goes on.
    await store.storage.complete(key, id, [two]);
    expect(await store.storage.size(key)).toBe(6);
  });

  it('completes once when it is asked twice at once, and takes no part meanwhile', async () => {
    const key = 'recordings/1.mp4';
    const id = await store.storage.createMultipart(key, 'video/mp4');
    await put(await store.partUrl(key, id, 1), Buffer.alloc(8 * MIB, 1));
    await put(await store.partUrl(key, id, 2), 'end');
    const parts = (await store.storage.listParts(key, id)) ?? [];
    const late = await store.partUrl(key, id, 2);
    const completed = [store.storage.complete(key, id, parts), store.storage.complete(key, id, parts)];
    const { status } = await put(late, 'late');
    const outcomes = await Promise.allSettled(completed);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(storeFault(refused?.reason).verdict).toBe('gone');
    // It came before, or it came too late; it is never half of the object.
    expect([200, 404]).toContain(status);
    expect(await store.storage.size(key)).toBe(8 * MIB + 3);
    expect(store.files().filter((path) => path.endsWith('.part') || path.endsWith('.unfinished'))).toEqual(
      [],
    );
  });

  it('lists parts page by page', async () => {
    const key = 'recordings/1.mp4';
    const id = await store.storage.createMultipart(key, 'video/mp4');
    const parts = join(store.dir, '_multipart', id, 'parts');
    for (let number = 1; number <= 2_345; number += 1)
      writeFileSync(join(parts, `${number}-${'a'.repeat(32)}.part`), '');
    const listed = (await store.storage.listParts(key, id)) ?? [];
    expect(listed.map(({ partNumber }) => partNumber)).toEqual(
      Array.from({ length: 2_345 }, (_, index) => index + 1),
    );
  });

  it('answers a range, and nothing where the reader has the object already', async () => {
    await store.keep('evidence/x.png', '0123456789');
    const link = await store.linkTo('evidence/x.png');
    const ranged = async (range: string, more = {}) => {
      const answer = await send(link, { headers: { range, ...more } });
      return [answer.status, answer.status === 416 ? '' : answer.text, answer.headers['content-range']];
    };
    expect(await ranged('bytes=2-4')).toEqual([206, '234', 'bytes 2-4/10']);
    expect(await ranged('bytes=8-99')).toEqual([206, '89', 'bytes 8-9/10']);
    expect(await ranged('bytes=-3')).toEqual([206, '789', 'bytes 7-9/10']);
    expect(await ranged('bytes=-99')).toEqual([206, '0123456789', 'bytes 0-9/10']);
    expect((await ranged('bytes=10-'))[0]).toBe(416);
    for (const none of ['bytes=4-2', 'bytes=-', 'bytes=0-1,3-4', 'lines=1-2']) {
      expect(await ranged(none)).toEqual([200, '0123456789', undefined]);
    }
    const { etag = '' } = (await send(link)).headers;
    expect(await ranged('bytes=0-0', { 'if-range': etag })).toEqual([206, '0', 'bytes 0-0/10']);
    expect((await ranged('bytes=0-0', { 'if-range': '"other"' }))[0]).toBe(200);
    expect((await send(link, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await send(link, { headers: { 'if-match': '"other"' } })).status).toBe(412);
  });

  it('keeps objects and open uploads over a restart', async () => {
    await store.keep('evidence/kept.png', 'kept');
    const id = await store.storage.createMultipart('recordings/1.mp4', 'video/mp4');
    await put(await store.partUrl('recordings/1.mp4', id, 1), 'part');
    await store.stop();
    await store.start();
    expect((await send(await store.linkTo('evidence/kept.png'))).text).toBe('kept');
    const parts = (await store.storage.listParts('recordings/1.mp4', id)) ?? [];
    await store.storage.complete('recordings/1.mp4', id, parts);
    expect((await send(await store.linkTo('recordings/1.mp4'))).text).toBe('part');
    expect(store.told).toEqual([]);
  });

  it('refuses credentials that are not its own', async () => {
    await expect(store.storageWith({ S3_SECRET_ACCESS_KEY: 'wrong' }).ensureBucket()).rejects.toThrow(
      /cannot be used/,
    );
  });
});
