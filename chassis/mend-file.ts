// A recording of which parts are missing is cut in the middle of a fragment at every seam, where parts meet
// that were not neighbours. Players stop there, or show garbage. This rewrites the file without the pieces
// of fragments around its seams: everything else plays, at its own time.
import { firstFragment, lastWholeEnd, OVERLAP_BYTES } from './fragments.ts';
import type { Storage } from './storage.ts';

export interface MendFile {
  key: string;
  contentType: string;
  bytes: number;
  /** Offsets at which bytes are missing, ascending. */
  seams: readonly number[];
  signal: AbortSignal;
}

/** From the first offset up to the second. */
type Range = readonly [from: number, to: number];

/** Read at once around a seam. A fragment is a second long; the largest that were seen have 400 kB. */
const WINDOW_BYTES = 8 * 1024 * 1024;
const MIN_PIECE_BYTES = 8 * 1024 * 1024;
/** The last box of an `mfra`; it ends with the size of the whole. */
const MFRO_BYTES = 16;
/** An upload has 10,000 parts at most. */
const MAX_PIECES = 9_000;

/**
 * Makes a file with seams playable beyond them, in its place. Returns its size; null when that was not possible,
 * and the file is as it was. Throws what the store throws; then too.
 */
export async function mendFile(storage: Storage, file: MendFile): Promise<number | null> {
  const ranges = await playableRanges(storage, file, await mediaEnd(storage, file));
  if (ranges === null) return null;
  const bytes = ranges.reduce((sum, [from, to]) => sum + to - from, 0);
  if (bytes === file.bytes) return bytes;
  await rewrite(storage, file, ranges, bytes);
  return bytes;
}

/** Without the table of fragments at the end (`mfra`): it holds offsets, which are wrong when bytes are missing. */
async function mediaEnd(storage: Storage, { key, bytes, signal }: MendFile): Promise<number> {
  const tail = await storage.read(key, [Math.max(0, bytes - MFRO_BYTES), bytes], signal);
  if (tail.length < MFRO_BYTES || tail.toString('latin1', 4, 8) !== 'mfro') return bytes;
  const tableBytes = tail.readUInt32BE(MFRO_BYTES - 4);
  return tableBytes < bytes ? bytes - tableBytes : bytes;
}

/** What of the file is whole fragments; null when there is a seam before the first one. */
async function playableRanges(storage: Storage, file: MendFile, endOfMedia: number): Promise<Range[] | null> {
  const ranges: Range[] = [];
  let from: number | null = 0;
  for (const [index, seam] of file.seams.entries()) {
    if (from !== null) {
      const end = await wholeEndBefore(storage, file, from, seam);
      if (end === null && from === 0) return null;
      if (end !== null) ranges.push([from, end]);
    }
    from = await fragmentAfter(storage, file, seam, file.seams[index + 1] ?? endOfMedia);
  }
  if (from !== null) ranges.push([from, endOfMedia]);
  return ranges;
}

async function wholeEndBefore(
  storage: Storage,
  { key, signal }: MendFile,
  from: number,
  seam: number,
): Promise<number | null> {
  const at = Math.max(from, seam - WINDOW_BYTES);
  const end = lastWholeEnd(await storage.read(key, [at, seam], signal));
  return end === null ? null : at + end;
}

/** Null: none begins before `to`. */
async function fragmentAfter(
  storage: Storage,
  { key, signal }: MendFile,
  seam: number,
  to: number,
): Promise<number | null> {
  for (let at = seam; at + OVERLAP_BYTES <= to; at += WINDOW_BYTES) {
    const begin = firstFragment(
      await storage.read(key, [at, Math.min(to, at + WINDOW_BYTES + OVERLAP_BYTES)], signal),
    );
    if (begin !== null) return at + begin;
  }
  return null;
}

/** Through this process, in pieces of one size: not every store copies ranges, or takes parts that differ in size. */
async function rewrite(
  storage: Storage,
  { key, contentType, signal }: MendFile,
  ranges: readonly Range[],
  bytes: number,
): Promise<void> {
  const pieceBytes = Math.max(MIN_PIECE_BYTES, Math.ceil(bytes / MAX_PIECES));
  const uploadId = await storage.createMultipart(key, contentType);
  try {
    const parts: { partNumber: number; etag: string }[] = [];
    for (const piece of piecesOf(ranges, pieceBytes)) {
      const chunks: Buffer[] = [];
      for (const range of piece) chunks.push(await storage.read(key, range, signal));
      const partNumber = parts.length + 1;
      const etag = await storage.putPart(key, uploadId, { partNumber, body: Buffer.concat(chunks) }, signal);
      parts.push({ partNumber, etag });
    }
    await storage.complete(key, uploadId, parts, signal).catch(async (error: unknown) => {
      // The answer may have been lost.
      if ((await storage.size(key, signal)) !== bytes) throw error;
    });
  } catch (error) {
    await storage.abort(key, uploadId).catch(() => undefined);
    throw error;
  }
}

/** Cuts ranges into pieces of so many bytes; the last one may be smaller. */
export function* piecesOf(ranges: readonly Range[], pieceBytes: number): Generator<Range[]> {
  let piece: Range[] = [];
  let room = pieceBytes;
  for (const [begin, to] of ranges) {
    for (let from = begin; from < to; ) {
      const end = Math.min(to, from + room);
      piece.push([from, end]);
      room -= end - from;
      from = end;
      if (room > 0) continue;
      yield piece;
      [piece, room] = [[], pieceBytes];
    }
  }
  if (piece.length > 0) yield piece;
}
