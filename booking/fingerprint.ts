// Decides whether two bookings with the same idempotency key are the same request. It
// compares what they mean, not their text.
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { NewBooking } from './input.ts';

const hash = (value: unknown) => createHash('sha256').update(canonicalJson(value)).digest('base64url');

/**
 * Two hashes of a booking, separated by a dot: of the fields that were given, and of the booking with our
 * defaults filled in. The first stays the same when a later version has other defaults; the second stays
 * the same when the client writes a default explicitly.
 */
export function fingerprintOf(given: NewBooking, resolved: object): string {
  return `${hash(given)}.${hash(resolved)}`;
}

/** True when one of the hashes is equal: the same fields were given, or the result is the same. */
export function isSameBooking(fingerprint: string, other: string): boolean {
  const [given, resolved] = fingerprint.split('.');
  const [otherGiven, otherResolved] = other.split('.');
  return given === otherGiven || resolved === otherResolved;
}
