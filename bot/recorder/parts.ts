// Cuts a byte stream into the parts of an S3 multipart upload. All parts but the last have one size to
// the byte: some stores insist on that (https://developers.cloudflare.com/r2/objects/multipart-objects/).
// Until a part has that size it is *growing*, and may be uploaded again and again under its number, each
// time as a longer prefix.
import { PART_MIN_BYTES } from '@meeboter/domain/bot-protocol.ts';

export interface Part {
  number: number;
  bytes: number;
  /** Media that is whole at the end of this part. */
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

  /** Takes the next bytes; returns the parts that they complete. `mediaMs`: whole at the end of the chunk. */
  push(chunk: Buffer, mediaMs: number): Part[] {
    const final: Part[] = [];
    let rest = chunk;
    while (this.#bytes + rest.length >= PART_MIN_BYTES) {
      const cut = PART_MIN_BYTES - this.#bytes;
      this.#add(rest.subarray(0, cut));
      rest = rest.subarray(cut);
      if (rest.length === 0) this.#mediaMs = mediaMs;
      final.push(this.#seal());
    }
    if (rest.length > 0) this.#add(rest);
    this.#mediaMs = mediaMs;
    return final;
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

  #add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
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
