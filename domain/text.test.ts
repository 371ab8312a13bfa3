import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isStorable, storable } from './text.ts';

it.each([
  ['plain', 'plain', true],
  ['', '', true],
  ['📝 ünï', '📝 ünï', true],
  ['a\0b', 'a\ufffdb', false],
  ['cut \ud83d', 'cut \ufffd', false],
  ['\udcdd cut', '\ufffd cut', false],
])('%j becomes %j', (text, expected, whole) => {
  expect(storable(text)).toBe(expected);
  expect(isStorable(text)).toBe(whole);
});

it('is storable afterwards, as long as before, and the same when it was', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
      (text) => {
        const stored = storable(text);
        expect(isStorable(stored)).toBe(true);
        expect(stored).toHaveLength(text.length);
        expect(stored === text).toBe(isStorable(text));
        expect(Buffer.from(stored).toString()).toBe(stored);
      },
    ),
  );
});
