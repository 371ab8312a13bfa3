import { PART_MIN_BYTES } from '@meeboter/domain/bot-protocol.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Part, PartCutter } from './parts.ts';

/** A stream of chunks, each filled with its own number; and where to look at the growing part. */
const streams = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 3_000_000 }), look: fc.boolean() }), {
  maxLength: 12,
});

test('the final parts are the stream; all but the last have S3’s size; growing parts are prefixes', () => {
  fc.assert(
    fc.property(streams, (chunks) => {
      const cutter = new PartCutter();
      const finals: Part[] = [];
      const looks: Part[] = [];
      const stream = chunks.map(({ bytes }, index) => Buffer.alloc(bytes, index + 1));
      stream.forEach((chunk, index) => {
        const final = cutter.push(chunk, index);
        if (final) finals.push(final);
        const growing = cutter.growing();
        if (growing && chunks[index]?.look) looks.push(growing);
      });
      const last = cutter.end(99);
      if (last) finals.push(last);

      expect(finals.map(({ number }) => number)).toEqual(finals.map((_, index) => index + 1));
      expect(finals.slice(0, -1).every(({ bytes }) => bytes >= PART_MIN_BYTES)).toBe(true);
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
    { numRuns: 60 },
  );
});

test('an empty stream has no part', () => {
  expect(new PartCutter().end(0)).toBeNull();
});
