// Whether two bookings under one idempotency key are the same request. Compared
// is what they mean, not how they were written down.
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { NewBooking } from './input.ts';

const hash = (value: unknown) => createHash('sha256').update(canonicalJson(value)).digest('base64url');

/**
 * Two hashes of a booking, separated by a dot: of the fields that were given, and of the booking as it
 * is carried out, with our defaults filled in. The first stays the same when a later version has other
 * defaults, the second when a default is spelled out.
 */
export function fingerprintOf(given: NewBooking, resolved: object): string {
  return `${hash(given)}.${hash(resolved)}`;
}

/** True when either hash agrees: the same fields were given, or the same booking is meant. */
export function isSameBooking(fingerprint: string, other: string): boolean {
  const [given, resolved] = fingerprint.split('.');
  const [otherGiven, otherResolved] = other.split('.');
  return given === otherGiven || resolved === otherResolved;
}
