import { monotonicFactory } from 'ulid';

const ulid = monotonicFactory();

export type IdPrefix = 'bot' | 'evt' | 'slt' | 'dep' | 'rec' | 'shot' | 'prt' | 'run';

/** A new id: prefix, underscore, ULID. Sorts by creation time, to the millisecond. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${ulid()}`;
}
