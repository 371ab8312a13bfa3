// Text that PostgreSQL can store: no NUL, and no half of a surrogate pair (an
// emoji cut in two). What a user writes is refused, with the reason; what a
// meeting page or an error message says is replaced, so that it costs no report.

/** The replacement character, as decoders use it. */
const REPLACEMENT = '\ufffd';

/** True when a string can be stored as it is. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** The same text with every character that cannot be stored replaced. As long as before. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', REPLACEMENT);
}
