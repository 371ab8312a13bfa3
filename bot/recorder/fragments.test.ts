import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FragmentSplitter } from './fragments.ts';

function box(type: string, bytes: number, isLong = false): Buffer {
  const header = isLong ? 16 : 8;
  const it = Buffer.alloc(header + bytes, type);
  it.writeUInt32BE(isLong ? 1 : it.length, 0);
  it.write(type, 4, 'latin1');
  if (isLong) it.writeBigUInt64BE(BigInt(it.length), 8);
  return it;
}

const fragments = fc.array(fc.record({ index: fc.nat(300), media: fc.nat(5_000), isLong: fc.boolean() }), {
  maxLength: 10,
});

test('however the stream is chunked and wherever it stops, whole fragments and nothing else come out', () => {
  fc.assert(
    fc.property(fragments, fc.array(fc.integer({ min: 1, max: 4_000 })), fc.nat(400), (list, sizes, torn) => {
      const wholes = [
        box('ftyp', 20),
        box('moov', 700),
        ...list.map(({ index, media, isLong }) =>
          Buffer.concat([box('moof', index), box('mdat', media, isLong)]),
        ),
      ];
      const stream = Buffer.concat([...wholes, box('moof', 500).subarray(0, torn)]);
      const splitter = new FragmentSplitter();
      const ends = new Set(wholes.map((_, index) => Buffer.concat(wholes.slice(0, index + 1)).length));
      let out = Buffer.alloc(0);
      for (let at = 0, turn = 0; at < stream.length; turn += 1) {
        const size = sizes[turn % Math.max(1, sizes.length)] ?? 1_000;
        out = Buffer.concat([out, ...splitter.push(stream.subarray(at, at + size))]);
        at += size;
        expect(out.length === 0 || ends.has(out.length)).toBe(true);
      }
      expect(out.equals(Buffer.concat(wholes))).toBe(true);
    }),
  );
});
