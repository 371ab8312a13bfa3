// Reads the boxes that an MP4 file is made of (ISO/IEC 14496-12): a size in 32
// bits, a type of four letters, then the content. A size of 1 means that the real
// size follows in 64 bits.

const HEADER_BYTES = 8;
const LONG_HEADER_BYTES = 16;

export interface Box {
  type: string;
  /** Where the content begins, as an offset into the bytes that were given. */
  from: number;
  /** Where the box ends. */
  to: number;
}

/** The boxes between two offsets, one after another. Stops at the first one that is not complete. */
export function* boxesIn(bytes: Buffer, from = 0, to = bytes.length): Generator<Box> {
  for (let at = from; at + HEADER_BYTES <= to; ) {
    const short = bytes.readUInt32BE(at);
    const isLong = short === 1;
    if (isLong && at + LONG_HEADER_BYTES > to) return;
    const size = isLong ? Number(bytes.readBigUInt64BE(at + HEADER_BYTES)) : short;
    const header = isLong ? LONG_HEADER_BYTES : HEADER_BYTES;
    const end = at + Math.max(size, header);
    if (end > to) return;
    yield { type: bytes.toString('latin1', at + 4, at + 8), from: at + header, to: end };
    at = end;
  }
}

/** The first box of a type between two offsets. */
export function findBox(bytes: Buffer, type: string, from?: number, to?: number): Box | undefined {
  for (const box of boxesIn(bytes, from, to)) if (box.type === type) return box;
  return undefined;
}
