// Whatever a store lists and a runtime reports: the lists to try are ones that a store can take.
import { PART_MIN_BYTES } from '@meeboter/domain/bot-protocol.ts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { allParts, bytesOf, usableLists } from './part-lists.ts';

const part = fc.record({
  partNumber: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 8 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, 10_001) },
  ),
  etag: fc.constantFrom('"a"', '"b"', '"c"', ''),
  bytes: fc.constantFrom(1, PART_MIN_BYTES - 1, PART_MIN_BYTES, PART_MIN_BYTES + 1, 3 * PART_MIN_BYTES),
});
const sources = fc.record({
  listed: fc.array(part, { maxLength: 9 }),
  reported: fc.array(part, { maxLength: 9 }),
});

it('ascending, each number once, from part 1 on, nothing that nobody knows', () => {
  fc.assert(
    fc.property(sources, ({ listed, reported }) => {
      for (const list of [allParts({ listed, reported }), ...usableLists({ listed, reported })]) {
        const numbers = list.map(({ partNumber }) => partNumber);
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
        expect(numbers[0] ?? 1).toBe(1);
        for (const one of list) {
          expect(one.etag).not.toBe('');
          expect([...listed, ...reported]).toContainEqual(one);
        }
      }
    }),
  );
});

it('shorter ones only of what the store lists, each another one, and never less than half of it', () => {
  fc.assert(
    fc.property(sources, ({ listed, reported }) => {
      const lists = usableLists({ listed, reported });
      const whole = bytesOf(allParts({ listed, reported: [] }));
      for (const list of lists) {
        for (const one of list) expect(listed).toContainEqual(one);
        expect(bytesOf(list) * 2).toBeGreaterThanOrEqual(whole);
      }
      const all = [allParts({ listed, reported }), ...lists].map((list) => JSON.stringify(list));
      expect(new Set(all).size).toBe(all.length);
    }),
  );
});

it('what a strict store asks for is among them: middle parts of 5 MiB at least, and of one size', () => {
  const sizes = [PART_MIN_BYTES, PART_MIN_BYTES, 9, PART_MIN_BYTES, PART_MIN_BYTES + 1, PART_MIN_BYTES, 3];
  const listed = sizes.map((bytes, index) => ({ partNumber: index + 1, etag: `"${index}"`, bytes }));
  expect(
    usableLists({ listed, reported: [] }).map((list) => list.map(({ partNumber }) => partNumber)),
  ).toEqual([
    [1, 2, 4, 5, 6, 7],
    [1, 2, 4, 6, 7],
  ]);
});
