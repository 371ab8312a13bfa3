import { monotonicFactory } from 'ulid';

const random = new Uint8Array(4_096);
let used = random.length;
/** Random numbers from a buffer. The library's own source makes a system call for every character. */
function nextRandom(): number {
  if (used === random.length) {
    crypto.getRandomValues(random);
    used = 0;
  }
  used += 1;
  return (random[used - 1] ?? 0) / 256;
}

const ulid = monotonicFactory(nextRandom);

export type IdPrefix = 'bot' | 'evt' | 'slt' | 'dep' | 'rec' | 'shot' | 'prt' | 'run';

/** A new id: prefix, underscore, ULID. Sorts by creation time, to the millisecond. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${ulid()}`;
}
