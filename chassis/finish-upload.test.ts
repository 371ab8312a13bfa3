// A multipart upload is completed from what the store lists, on stores that each have rules of their own.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testSettings } from '../e2e/support/test-settings.ts';
import { finishUpload, type ReportedPart, type UploadEnd } from './finish-upload.ts';
import { openStorage, type Storage } from './storage.ts';
import { type OtherStore, startOtherStore } from './testing/other-store.ts';

const MIB = 1024 * 1024;
const FULL = 5 * MIB;
const KEY = 'recordings/r.mp4';

let store: OtherStore;
let storage: Storage;
let uploadId: string;
beforeEach(async () => {
  store = await startOtherStore();
  storage = openStorage(testSettings({ S3_ENDPOINT: store.endpoint }), { requestMs: 1_000 });
  uploadId = await storage.createMultipart(KEY, 'video/mp4');
});
afterEach(async () => {
  storage.close();
  await store.stop();
});

const bodyOf = (number: number, bytes: number) => Buffer.alloc(bytes, number % 251);

/** A part of a minute arrives; returns what its runtime would say of it. */
function arrive(partNumber: number, bytes: number): ReportedPart {
  const body = bodyOf(partNumber, bytes);
  const etag = `"${createHash('md5').update(body).digest('hex')}"`;
  store.uploads.get(uploadId)?.parts.set(partNumber, { etag, body });
  return { partNumber, etag, bytes, mediaMs: partNumber * 60_000 };
}

const finish = (
  reported: readonly ReportedPart[],
  { salvage = false, signal = AbortSignal.timeout(20_000) } = {},
): Promise<UploadEnd> => finishUpload(storage, { key: KEY, uploadId }, { reported, salvage, signal });

/** The numbers of the parts that the object was made of. */
function numbers(): number[] {
  const bytes = object() ?? Buffer.alloc(0);
  return [...bytes.filter((byte, at) => at === 0 || bytes[at - 1] !== byte)];
}
const object = () => store.objects.get(KEY);

describe('a list of parts by the runtime that will not do', () => {
  const given = () => [arrive(1, FULL), arrive(2, FULL), arrive(3, 9)] as const;
  it.each([
    ['with another etag', ([a, b, c]: ReturnType<typeof given>) => [a, { ...b, etag: '"of before"' }, c]],
    ['with a part twice', ([a, b, c]: ReturnType<typeof given>) => [a, b, b, c, a]],
    ['in another order', ([a, b, c]: ReturnType<typeof given>) => [c, a, b]],
    ['without a part', ([a, , c]: ReturnType<typeof given>) => [a, c]],
    ['without anything', () => []],
    ['with an empty etag', ([a, b, c]: ReturnType<typeof given>) => [a, { ...b, etag: '' }, c]],
  ])('%s: completed from what the store lists', async (_what, said) => {
    const parts = given();
    const end = await finish(said(parts));
    expect(end).toEqual({
      state: 'complete',
      bytes: 2 * FULL + 9,
      durationMs: null,
      gaps: [],
      detail: null,
      seams: [],
    });
    expect(object()?.equals(Buffer.concat([bodyOf(1, FULL), bodyOf(2, FULL), bodyOf(3, 9)]))).toBe(true);
  });
});

it('reads a list of many pages', async () => {
  store.minPartBytes = 1;
  for (let number = 1; number <= 2_500; number += 1) arrive(number, 2);
  expect(await finish([])).toMatchObject({ state: 'complete', bytes: 5_000 });
  expect(store.asked.filter((it) => it === 'list')).toHaveLength(3);
});

it('counts a part that was reported and is not listed yet', async () => {
  const parts = [arrive(1, FULL), arrive(2, 7)];
  store.unlisted = [2];
  expect(await finish(parts)).toMatchObject({ state: 'complete', bytes: FULL + 7 });
});

it('goes by the reports where the store has no ListParts', async () => {
  store.missing = ['list'];
  const parts = [arrive(1, FULL), arrive(2, 7)];
  expect(await finish(parts)).toMatchObject({ state: 'complete', bytes: FULL + 7 });
});

describe('a part that the store does not take', () => {
  it('reported but lost: the others are kept, once there is no more hope for it', async () => {
    const parts = [arrive(1, FULL), { ...arrive(2, FULL) }, arrive(3, 5)];
    store.uploads.get(uploadId)?.parts.delete(2);
    expect(await finish(parts)).toMatchObject({
      state: 'refused',
      said: expect.stringMatching('InvalidPart'),
    });
    expect(object()).toBeUndefined();
    expect(await finish(parts, { salvage: true })).toEqual({
      state: 'complete',
      bytes: FULL + 5,
      durationMs: 180_000,
      gaps: [{ fromMs: 60_000, toMs: 120_000 }],
      detail: 'Missing: part 2. InvalidPart: as InvalidPart is said (HTTP 400)',
      seams: [FULL],
    });
    expect(numbers()).toEqual([1, 3]);
  });

  it('shorter in the store than it was reported: waited for, then used as it is, and marked', async () => {
    const parts = [arrive(1, FULL), { ...arrive(2, FULL), bytes: FULL + 9 }, arrive(3, 5)];
    expect(await finish(parts)).toEqual({ state: 'refused', said: 'Missing: part 2.' });
    expect(store.asked).not.toContain('complete');
    expect(await finish(parts, { salvage: true })).toMatchObject({
      bytes: 2 * FULL + 5,
      gaps: [{ fromMs: 60_000, toMs: 120_000 }],
      seams: [2 * FULL],
    });
  });

  it('that nobody knows of, between two that are there: as a missing one', async () => {
    const parts = [arrive(1, FULL), arrive(3, 5)];
    expect(await finish(parts)).toEqual({ state: 'refused', said: 'Missing: part 2.' });
    expect(await finish(parts, { salvage: true })).toMatchObject({
      detail: expect.stringMatching('part 2'),
      seams: [FULL],
    });
  });

  it('too small in the middle: left out', async () => {
    const parts = [arrive(1, FULL), arrive(2, MIB), arrive(3, FULL), arrive(4, 5)];
    expect(await finish(parts)).toMatchObject({ said: expect.stringMatching('EntityTooSmall') });
    expect(await finish(parts, { salvage: true })).toMatchObject({ state: 'complete' });
    expect(numbers()).toEqual([1, 3, 4]);
  });

  it('of another size, where all have to be equal: left out', async () => {
    store.equalParts = true;
    const sizes = [FULL, FULL + 1, FULL, 6 * MIB, FULL, 8];
    const parts = sizes.map((bytes, index) => arrive(index + 1, bytes));
    expect(await finish(parts)).toMatchObject({ state: 'refused' });
    expect(await finish(parts, { salvage: true })).toMatchObject({
      durationMs: 360_000,
      gaps: [
        { fromMs: 60_000, toMs: 120_000 },
        { fromMs: 180_000, toMs: 240_000 },
      ],
      seams: [FULL, 2 * FULL],
    });
    expect(numbers()).toEqual([1, 3, 5, 6]);
  });

  it('the first: nothing is completed, since nothing would play', async () => {
    const parts = [arrive(1, FULL), arrive(2, FULL), arrive(3, 5)];
    store.uploads.get(uploadId)?.parts.delete(1);
    expect(await finish(parts, { salvage: true })).toMatchObject({ state: 'refused' });
    expect(await finish([], { salvage: true })).toEqual({
      state: 'refused',
      said: 'Part 1 is missing, and without it nothing plays.',
    });
    expect(store.uploads.get(uploadId)?.parts.size).toBe(2);
  });

  it('when that would leave out most of the recording: nothing is completed, and all parts are kept', async () => {
    store.equalParts = true;
    const parts = [0, 1, 2, 3, 4].map((n) => arrive(n + 1, FULL + n));
    expect(await finish(parts, { salvage: true })).toMatchObject({
      state: 'refused',
      said: 'InvalidPart: as InvalidPart is said (HTTP 400)',
    });
    expect(object()).toBeUndefined();
    expect(store.uploads.get(uploadId)?.parts.size).toBe(5);
  });
});

it('is refused inside an answer 200 too', async () => {
  arrive(1, 9);
  store.fault = (operation) => (operation === 'complete' ? { code: 'InvalidPart', status: 200 } : null);
  expect(await finish([])).toMatchObject({ state: 'refused', said: expect.stringMatching('InvalidPart') });
});

describe('an upload that is over', () => {
  it('by a call whose answer was lost: complete', async () => {
    const parts = [arrive(1, 9)];
    store.fault = (operation, nth) => (operation === 'complete' && nth === 1 ? 'lost' : null);
    const whole = { state: 'complete', bytes: 9, durationMs: null, gaps: [], detail: null, seams: [] };
    expect(await finish(parts)).toEqual(whole);
    expect(await finish(parts)).toEqual(whole);
    // Made of less than was recorded.
    expect(await finish([...parts, { ...parts[0], partNumber: 2 }] as ReportedPart[])).toMatchObject({
      state: 'complete',
      detail: 'It holds 9 of 18 bytes that were recorded.',
    });
  });

  it('with a part less than was reported: complete, and says so', async () => {
    const parts = [arrive(1, FULL), arrive(2, FULL), arrive(3, 4)];
    store.uploads.get(uploadId)?.parts.delete(3);
    expect(await finish(parts, { salvage: true })).toMatchObject({
      seams: [],
      bytes: 2 * FULL,
      durationMs: 120_000,
      gaps: [{ fromMs: 120_000, toMs: 180_000 }],
    });
  });

  it('because somebody aborted it: gone', async () => {
    arrive(1, 9);
    await storage.abort(KEY, uploadId);
    expect(await finish([])).toMatchObject({ state: 'gone', said: expect.stringMatching('NoSuchUpload') });
  });

  it('between the list and the completion', async () => {
    arrive(1, 9);
    store.fault = (operation) => {
      if (operation === 'complete') store.uploads.clear();
      return null;
    };
    expect(await finish([])).toMatchObject({ state: 'gone' });
  });
});

it('of which nothing arrived is empty', async () => {
  expect(await finish([])).toMatchObject({ state: 'empty' });
});

describe('a store that cannot now', () => {
  it.each([
    ['slow_down', 'complete', /SlowDown.*503/],
    ['internal', 'list', /InternalError.*500/],
    [{ code: 'InternalError', status: 200 }, 'complete', /InternalError/],
    ['odd_200', 'complete', /without confirming/],
    ['empty_200', 'complete', /InternalError/],
    ['hang', 'complete', /./],
    ['lost', 'list', /./],
    [{ code: 'AccessDenied', status: 403 }, 'complete', /AccessDenied.*403/],
    [{ code: 'ExpiredToken', status: 400 }, 'complete', /ExpiredToken.*400/],
    [{ code: 'NoSuchBucket', status: 404 }, 'list', /NoSuchBucket/],
  ] as const)('%j at %s: unavailable, in its own words; complete when it can', async (fault, at, said) => {
    arrive(1, FULL);
    arrive(2, 3);
    store.fault = (operation) => (operation === at ? fault : null);
    const signal = AbortSignal.timeout(4_000);
    expect(await finish([], { salvage: true, signal })).toMatchObject({
      state: 'unavailable',
      said: expect.stringMatching(said),
    });
    expect(object()).toBeUndefined();
    expect(store.uploads.get(uploadId)?.parts.size).toBe(2);
    store.fault = () => null;
    expect(await finish([])).toMatchObject({ state: 'complete', bytes: FULL + 3 });
  });

  it('is given up when the time is over', async () => {
    arrive(1, 9);
    store.fault = () => 'hang';
    const startedAtMs = performance.now();
    expect(await finish([], { signal: AbortSignal.timeout(50) })).toMatchObject({ state: 'unavailable' });
    expect(performance.now() - startedAtMs).toBeLessThan(900);
  });
});
