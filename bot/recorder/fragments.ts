// Splits a fragmented MP4 stream where it may be cut. Players take a file that
// ends inside a fragment's media, but most refuse one that ends inside its
// index (`moof`). So only whole fragments are passed on; ffmpeg writes each in
// one go, so nothing waits here for long.

const HEADER_BYTES = 8;
const LONG_HEADER_BYTES = 16;

export class FragmentSplitter {
  #pending: Buffer = Buffer.alloc(0);

  /** Takes the next bytes; returns what is complete now, empty when nothing is. */
  push(chunk: Buffer): Buffer {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const complete = completeBytes(this.#pending);
    const whole = this.#pending.subarray(0, complete);
    this.#pending = this.#pending.subarray(complete);
    return whole;
  }
}

/** How many leading bytes are whole boxes, an index counting together with its media. */
function completeBytes(bytes: Buffer): number {
  let complete = 0;
  for (let at = 0; ; ) {
    const size = boxSize(bytes, at);
    if (size === null || at + size > bytes.length) return complete;
    const isIndex = bytes.toString('latin1', at + 4, at + 8) === 'moof';
    at += size;
    if (!isIndex) complete = at;
  }
}

function boxSize(bytes: Buffer, at: number): number | null {
  if (at + HEADER_BYTES > bytes.length) return null;
  const size = bytes.readUInt32BE(at);
  if (size !== 1) return Math.max(size, HEADER_BYTES);
  if (at + LONG_HEADER_BYTES > bytes.length) return null;
  return Number(bytes.readBigUInt64BE(at + HEADER_BYTES));
}
