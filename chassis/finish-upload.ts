// Completes the multipart upload of a recording. Whoever holds the recording's row calls it: the API when
// a runtime says that all parts are there, the scheduler for whatever was not completed then.
import { type Gap, heldMedia } from '@meeboter/domain/missing-media.ts';
import { allParts, bytesOf, type PartSources, usableLists } from './part-lists.ts';
import type { Storage, StoredPart } from './storage.ts';
import { storeFault } from './store-fault.ts';

/** A part that its runtime says it has uploaded. */
export interface ReportedPart extends StoredPart {
  /** Media recorded up to the end of this part, ms. */
  mediaMs: number;
}

/** What became of an upload. Only `complete` has changed anything in the store. */
export type UploadEnd =
  | CompleteUpload
  /** Nothing was uploaded. */
  | { state: 'empty'; said: string }
  /** The upload is not there any more, and there is no object either. */
  | { state: 'gone'; said: string }
  /** The store takes none of the lists that were tried. */
  | { state: 'refused'; said: string }
  /** The store did not answer, or cannot now. */
  | { state: 'unavailable'; said: string };

/** The object is there. */
export interface CompleteUpload {
  state: 'complete';
  bytes: number;
  /** Null: as long as its runtime said. */
  durationMs: number | null;
  gaps: Gap[];
  /** What is missing, in words; null when nothing is. */
  detail: string | null;
  /** Offsets at which bytes are missing: players stop there (`mendFile`). */
  seams: number[];
}

export interface FinishOptions {
  reported: readonly ReportedPart[];
  /** Whether to make a file although parts are missing, or the store refuses some. */
  salvage: boolean;
  signal: AbortSignal;
}

/**
 * Completes an upload from what the store lists. Never throws, and deletes nothing; may be called again
 * and again. A completion whose answer was lost is found by the object that it made.
 */
export async function finishUpload(
  storage: Storage,
  { key, uploadId }: { key: string; uploadId: string },
  { reported, salvage, signal }: FinishOptions,
): Promise<UploadEnd> {
  const upload = { storage, key, uploadId, reported, signal };
  try {
    const listed = await listedParts(upload);
    if (listed === null) return await earlierEnd(upload, 'NoSuchUpload');
    const sources: PartSources = { listed: listed === 'unknown' ? reported : listed, reported };
    const all = allParts(sources);
    if (all.length === 0) {
      if (sources.listed.length === 0 && reported.length === 0)
        return { state: 'empty', said: 'The store lists no part of it.' };
      return { state: 'refused', said: 'Part 1 is missing, and without it nothing plays.' };
    }
    const { missing } = heldMedia(reported, all);
    if (!salvage) return missing.length === 0 ? await completeWith(upload, all) : lacking(missing);
    let end = await completeWith(upload, all, 'The store does not have them.');
    for (const parts of usableLists(sources)) {
      if (end.state !== 'refused') break;
      end = await completeWith(upload, parts, end.said);
    }
    return end;
  } catch (error) {
    return { state: 'unavailable', said: storeFault(error).said };
  }
}

interface Upload {
  storage: Storage;
  key: string;
  uploadId: string;
  reported: readonly ReportedPart[];
  signal: AbortSignal;
}

/** `unknown`: a store without ListParts. */
async function listedParts({ storage, key, uploadId, signal }: Upload) {
  try {
    return await storage.listParts(key, uploadId, signal);
  } catch (error) {
    if (storeFault(error).verdict === 'unsupported') return 'unknown' as const;
    throw error;
  }
}

const lacking = (missing: readonly number[]): UploadEnd => ({ state: 'refused', said: named(missing) });

function named(missing: readonly number[]): string {
  const [some, more] = [missing.slice(0, 20).join(', '), missing.length > 20 ? ', …' : ''];
  return `Missing: ${missing.length === 1 ? 'part' : 'parts'} ${some}${more}.`;
}

/** `because`: why parts may be missing. */
async function completeWith(upload: Upload, parts: readonly StoredPart[], because = ''): Promise<UploadEnd> {
  const { storage, key, uploadId, reported, signal } = upload;
  try {
    await storage.complete(key, uploadId, parts, signal);
  } catch (error) {
    const { verdict, said } = storeFault(error);
    if (verdict === 'gone') return earlierEnd(upload, said);
    return { state: verdict === 'refused' ? 'refused' : 'unavailable', said };
  }
  // An answer 200 may hold an error that nobody recognises: the object is the proof.
  const bytes = await storage.size(key, signal);
  if (bytes === null) {
    return { state: 'unavailable', said: 'The store confirmed the upload, but has no object under its key.' };
  }
  const { durationMs, gaps, missing } = heldMedia(reported, parts);
  const seams = seamsOf(parts, missing);
  if (missing.length === 0) return { state: 'complete', bytes, durationMs: null, gaps, detail: null, seams };
  return { state: 'complete', bytes, durationMs, gaps, detail: `${named(missing)} ${because}`.trim(), seams };
}

/** Where a part is followed by another one than its neighbour, or is not whole. */
function seamsOf(parts: readonly StoredPart[], missing: readonly number[]): number[] {
  const seams: number[] = [];
  let offset = 0;
  for (const [index, part] of parts.entries()) {
    offset += part.bytes;
    const next = parts[index + 1];
    const isSeam = next?.partNumber !== part.partNumber + 1 || missing.includes(part.partNumber);
    if (next && isSeam) seams.push(offset);
  }
  return seams;
}

/** The upload is over: completed by an earlier call, whose answer was lost, or aborted. */
async function earlierEnd({ storage, key, reported, signal }: Upload, said: string): Promise<UploadEnd> {
  const bytes = await storage.size(key, signal);
  if (bytes === null) return { state: 'gone', said };
  const wantedBytes = bytesOf(reported);
  const detail = bytes < wantedBytes ? `It holds ${bytes} of ${wantedBytes} bytes that were recorded.` : null;
  return { state: 'complete', bytes, durationMs: null, gaps: [], detail, seams: [] };
}
