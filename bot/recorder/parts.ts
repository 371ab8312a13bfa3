// Cuts a byte stream into the parts of an S3 multipart upload. A part is final
// once it has the size S3 asks for; until then it is *growing*, and may be
// uploaded again and again under its number, each time as a longer prefix.
import { PART_MIN_BYTES } from '@meeboter/domain/bot-protocol.ts';

export interface Part {
  number: number;
  bytes: number;
  /** Media recorded up to the end of this part. */
  mediaMs: number;
  /** No byte will be added. */
  final: boolean;
  content(): Buffer;
}

export class PartCutter {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #mediaMs = 0;
  #number = 1;

  /** How much the growing part holds. */
  get growingBytes(): number {
    return this.#bytes;
  }

  /** Takes the next bytes; returns the part that they complete, if they do. */
  push(chunk: Buffer, mediaMs: number): Part | null {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#mediaMs = mediaMs;
    return this.#bytes >= PART_MIN_BYTES ? this.#seal() : null;
  }

  /** What the growing part holds now; null when that is nothing. */
  growing(): Part | null {
    return this.#bytes === 0 ? null : this.#snapshot(false);
  }

  /** The stream is over: what is left is the last part, of any size. */
  end(mediaMs: number): Part | null {
    this.#mediaMs = mediaMs;
    return this.#bytes === 0 ? null : this.#seal();
  }

  #seal(): Part {
    const part = this.#snapshot(true);
    this.#chunks = [];
    this.#bytes = 0;
    this.#number += 1;
    return part;
  }

  #snapshot(final: boolean): Part {
    const chunks = final ? this.#chunks : [...this.#chunks];
    return {
      number: this.#number,
      bytes: this.#bytes,
      mediaMs: this.#mediaMs,
      final,
      content: () => Buffer.concat(chunks),
    };
  }
}
