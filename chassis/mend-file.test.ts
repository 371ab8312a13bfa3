// Files of which bytes are missing, judged by a player: ffmpeg.
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testSettings } from '../e2e/support/test-settings.ts';
import { mendFile, piecesOf } from './mend-file.ts';
import { openStorage, type Storage } from './storage.ts';
import { FPS, fragmentedMp4, played } from './testing/fragmented-mp4.ts';
import { type OtherStore, startOtherStore } from './testing/other-store.ts';

const KEY = 'recordings/r.mp4';
const SECONDS = 12;

let whole: Buffer;
let store: OtherStore;
let storage: Storage;
beforeAll(() => {
  whole = fragmentedMp4(SECONDS);
});
beforeEach(async () => {
  store = await startOtherStore();
  storage = openStorage(testSettings({ S3_ENDPOINT: store.endpoint }), { requestMs: 2_000 });
});
afterEach(async () => {
  storage.close();
  await store.stop();
});

/** Offsets by share of the file. */
const at = (share: number) => Math.round(whole.length * share);

/** Puts the file into the store without these pieces, and mends it. */
async function mend(missing: readonly (readonly [from: number, to: number])[]): Promise<number | null> {
  const seams: number[] = [];
  const kept: Buffer[] = [];
  let from = 0;
  for (const [begin, end] of missing) {
    kept.push(whole.subarray(from, begin));
    seams.push(kept.reduce((sum, piece) => sum + piece.length, 0));
    from = end;
  }
  const file = Buffer.concat([...kept, whole.subarray(from)]);
  store.objects.set(KEY, file);
  const signal = AbortSignal.timeout(10_000);
  return mendFile(storage, { key: KEY, contentType: 'video/mp4', bytes: file.length, seams, signal });
}

const object = () => store.objects.get(KEY) ?? Buffer.alloc(0);

/** The longest time without a picture, and when it begins. */
function longestGap(times: readonly number[]): [at: number, seconds: number] {
  const gaps = times
    .slice(1)
    .map((time, index): [number, number] => [times[index] ?? 0, time - (times[index] ?? 0)]);
  return gaps.reduce((longest, gap) => (gap[1] > longest[1] ? gap : longest), [0, 0]);
}

it('a missing piece in the middle: what follows plays, at its own time', async () => {
  expect(await mend([[at(0.3), at(0.5)]])).toBe(object().length);
  const { errors, times } = played(object());
  expect(errors).toBe('');
  expect(times.at(-1)).toBeGreaterThan(SECONDS - 0.5);
  const [gapAt, seconds] = longestGap(times);
  expect(gapAt).toBeGreaterThan(0.3 * SECONDS - 2);
  expect(seconds).toBeLessThan(0.2 * SECONDS + 3);
  expect(times.length).toBeGreaterThan(FPS * (0.8 * SECONDS - 3));
});

it('several, at every kind of place', async () => {
  for (const share of [0.41, 0.47, 0.53]) {
    const size = await mend([
      [at(0.2), at(0.3)],
      [at(share), at(share) + 77],
      [at(0.8), at(0.85)],
    ]);
    expect(size).toBe(object().length);
    expect(played(object()).errors).toBe('');
    expect(played(object()).times.at(-1)).toBeGreaterThan(SECONDS - 0.5);
  }
});

it('the table of fragments at the end, which would be wrong, is left out', async () => {
  expect(whole.toString('latin1', whole.length - 12, whole.length - 8)).toBe('mfro');
  await mend([[at(0.3), at(0.5)]]);
  expect(object().includes('mfro')).toBe(false);
});

it('whole fragments: no piece of one is left to take out', async () => {
  const moof = Buffer.from('moof');
  const second = whole.indexOf(moof, at(0.3)) - 4;
  const third = whole.indexOf(moof, second + 8) - 4;
  const size = await mend([[second, third]]);
  expect(size).toBe(object().length);
  expect(object().length).toBe(whole.length - (third - second) - whole.readUInt32BE(whole.length - 4));
  expect(played(object()).errors).toBe('');
});

it('no fragment behind the seam: what is before it plays', async () => {
  const last = whole.lastIndexOf(Buffer.from('moof')) - 4;
  expect(await mend([[last + 200, last + 300]])).toBe(last);
  expect(object().equals(whole.subarray(0, last))).toBe(true);
  expect(played(object()).errors).toBe('');
});

it('no fragment before the seam: the file stays as it is', async () => {
  expect(await mend([[300, 400]])).toBeNull();
  expect(object().length).toBe(whole.length - 100);
});

describe('a store that fails meanwhile', () => {
  it.each(['get', 'part', 'complete'] as const)(
    'at %s: the file is as it was, and nothing is left behind',
    async (operation) => {
      store.fault = (asked) => (asked === operation ? { code: 'AccessDenied', status: 403 } : null);
      await expect(mend([[at(0.3), at(0.5)]])).rejects.toThrow('AccessDenied');
      expect(object().length).toBe(whole.length - (at(0.5) - at(0.3)));
      expect(store.uploads.size).toBe(0);
    },
  );

  it('and loses the last answer: the file is mended', async () => {
    store.fault = (operation, nth) => (operation === 'complete' && nth === 1 ? 'lost' : null);
    expect(await mend([[at(0.3), at(0.5)]])).toBe(object().length);
    expect(played(object()).errors).toBe('');
  });
});

it('cuts ranges into pieces of one size, without losing or repeating a byte', () => {
  const ranges = fc
    .array(fc.tuple(fc.nat({ max: 50 }), fc.integer({ min: 1, max: 200 })), { maxLength: 6 })
    .map((steps) => {
      let end = 0;
      return steps.map(([skip, bytes]): readonly [number, number] => {
        const from = end + skip;
        end = from + bytes;
        return [from, end];
      });
    });
  fc.assert(
    fc.property(ranges, fc.integer({ min: 1, max: 90 }), (given, pieceBytes) => {
      const offsets = (list: readonly (readonly [number, number])[]) =>
        list.flatMap(([from, to]) => Array.from({ length: to - from }, (_, index) => from + index));
      const pieces = [...piecesOf(given, pieceBytes)];
      expect(offsets(pieces.flat())).toEqual(offsets(given));
      const sizes = pieces.map((piece) => offsets(piece).length);
      expect(sizes.slice(0, -1).every((bytes) => bytes === pieceBytes)).toBe(true);
      expect(sizes.at(-1) ?? 1).toBeLessThanOrEqual(pieceBytes);
      expect(sizes).not.toContain(0);
    }),
  );
});
