// Finds whole fragments around a place in a fragmented MP4 where bytes are missing (ISO/IEC 14496-12):
// each is an index (`moof`), which begins with a header of fixed content (`mfhd`), and its media (`mdat`).

/** `moof`, and of the box `mfhd` in it the size, 16, and the type. The size of the `moof` stands before it. */
const SIGNATURE = Buffer.from('moof\0\0\0\x10mfhd', 'latin1');
const SIZE_BYTES = 4;

/** Bytes that belong to a boundary between two windows: a signature may lie across it. */
export const OVERLAP_BYTES = SIZE_BYTES + SIGNATURE.length;

/** Where the first fragment of a window begins; null when none does. */
export function firstFragment(window: Buffer): number | null {
  const at = window.indexOf(SIGNATURE, SIZE_BYTES);
  return at < 0 ? null : at - SIZE_BYTES;
}

/** Where the last whole fragment of a window ends; where it begins, when it is not whole; null when there is none. */
export function lastWholeEnd(window: Buffer): number | null {
  const at = window.lastIndexOf(SIGNATURE);
  if (at < SIZE_BYTES) return null;
  const begin = at - SIZE_BYTES;
  const mediaAt = begin + window.readUInt32BE(begin);
  if (mediaAt + SIZE_BYTES > window.length) return begin;
  const end = mediaAt + window.readUInt32BE(mediaAt);
  // A size of 1 means that the real one follows in 64 bits; no fragment of ours is as large.
  return end <= window.length && end > mediaAt + 1 ? end : begin;
}
