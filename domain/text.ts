// Text that PostgreSQL can store: without NUL and without half of a surrogate pair (an
// emoji cut in two). In a user's input such text is refused. In text from a meeting page or
// an error message the characters are replaced, so that the report is not lost.

/** The Unicode replacement character. */
const REPLACEMENT = '\ufffd';

/** True when a string can be stored as it is. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** Replaces every character that cannot be stored. The length stays the same. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', REPLACEMENT);
}
