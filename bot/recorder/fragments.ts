// Splits a fragmented MP4 stream where it may be cut. Players accept a file that
// ends inside a fragment's media (`mdat`), but most of them refuse one that ends
// inside its index (`moof`). Only whole fragments are passed on. ffmpeg writes
// each fragment in one go, so nothing waits here for long.
import { boxesIn } from './boxes.ts';

export class FragmentSplitter {
  #pending: Buffer = Buffer.alloc(0);

  /** Takes the next bytes of the stream. Returns the pieces that are complete now: an index together with its media, or any other single box. */
  push(chunk: Buffer): Buffer[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const pieces: Buffer[] = [];
    let start = 0;
    for (const { type, to } of boxesIn(this.#pending)) {
      if (type === 'moof') continue;
      pieces.push(this.#pending.subarray(start, to));
      start = to;
    }
    this.#pending = this.#pending.subarray(start);
    return pieces;
  }
}
