import { PART_MIN_BYTES } from '@meeboter/domain/bot-protocol.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Part, PartCutter } from './parts.ts';

/** A stream of chunks, each filled with its own number; and where to look at the growing part. */
const bytes = fc.oneof(
  fc.integer({ min: 1, max: 3_000_000 }),
  fc.constantFrom(1, PART_MIN_BYTES - 1, PART_MIN_BYTES, 2 * PART_MIN_BYTES + 1),
);
const streams = fc.array(fc.record({ bytes, look: fc.boolean() }), { maxLength: 12 });

test('the final parts are the stream; all but the last have one size to the byte; growing parts are prefixes', () => {
  fc.assert(
    fc.property(streams, (chunks) => {
      const cutter = new PartCutter();
      const finals: Part[] = [];
      const looks: Part[] = [];
      const stream = chunks.map(({ bytes }, index) => Buffer.alloc(bytes, index + 1));
      stream.forEach((chunk, index) => {
        finals.push(...cutter.push(chunk, index));
        const growing = cutter.growing();
        if (growing && chunks[index]?.look) looks.push(growing);
      });
      const last = cutter.end(99);
      if (last) finals.push(last);

      expect(finals.map(({ number }) => number)).toEqual(finals.map((_, index) => index + 1));
      expect(finals.slice(0, -1).every(({ bytes }) => bytes === PART_MIN_BYTES)).toBe(true);
      expect(finals.at(-1)?.bytes ?? 1).toBeLessThanOrEqual(PART_MIN_BYTES);
      const contents = finals.map((part) => part.content());
      expect(Buffer.concat(contents).equals(Buffer.concat(stream))).toBe(true);
      expect(finals.every(({ bytes }, index) => bytes === contents[index]?.length)).toBe(true);
      for (const look of looks) {
        const content = look.content();
        expect(look.final).toBe(false);
        expect(
          content.equals((contents[look.number - 1] ?? Buffer.alloc(0)).subarray(0, content.length)),
        ).toBe(true);
      }
    }),
    { numRuns: 25 },
  );
});

test('tells of each part the media that is whole in it', () => {
  const cutter = new PartCutter();
  const half = Buffer.alloc(PART_MIN_BYTES / 2 + 1);
  const told = [1_000, 2_000, 3_000].flatMap((mediaMs) => cutter.push(half, mediaMs));
  // The chunk that ends at 2 s ends in the second part.
  expect([...told, cutter.growing()].map((part) => part?.mediaMs)).toEqual([1_000, 3_000]);
  expect(cutter.push(Buffer.alloc(PART_MIN_BYTES - (cutter.growing()?.bytes ?? 0)), 4_000)[0]?.mediaMs).toBe(
    4_000,
  );
});

test('an empty stream has no part', () => {
  expect(new PartCutter().end(0)).toBeNull();
});
