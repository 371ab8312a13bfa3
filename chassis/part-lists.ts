// Which parts of a multipart upload to complete it with. Pure: no store is asked here.
import { PART_MIN_BYTES } from '@meeboter/domain/bot-protocol.ts';
import type { StoredPart } from './storage.ts';

const MAX_PARTS = 10_000;

export interface PartSources {
  /** What the store lists. */
  listed: readonly StoredPart[];
  /** What the runtime said that it has uploaded; any order, numbers may repeat or be missing. */
  reported: readonly StoredPart[];
}

/**
 * Everything that is known: what the store lists, and what was reported and is not listed (yet). Where
 * both know a part, the list's etag counts: the store compares with what it has. Empty without part 1: it
 * holds the head of the file, without which nothing plays.
 */
export function allParts({ listed, reported }: PartSources): StoredPart[] {
  return playable(inOrder([...reported, ...listed]));
}

/**
 * Shorter lists for a store that refuses `allParts`, the longest first. Part numbers need not be
 * consecutive, so a part that cannot be used is left out, and those behind it are kept. A list that
 * leaves out more bytes than it holds is not tried: completing deletes what it leaves out.
 */
export function usableLists({ listed, reported }: PartSources): StoredPart[][] {
  const all = playable(inOrder(listed));
  const least = bytesOf(all) / 2;
  const lists = [all, withoutSmallOnes(all), equalOnes(all)].map(playable);
  const tried = new Set([namesOf(allParts({ listed, reported }))]);
  return lists.filter((list) => {
    const names = namesOf(list);
    if (list.length === 0 || tried.has(names) || bytesOf(list) < least) return false;
    tried.add(names);
    return true;
  });
}

/** S3 takes a part below 5 MiB as the last one only (EntityTooSmall). */
function withoutSmallOnes(parts: readonly StoredPart[]): StoredPart[] {
  return parts.filter((part, index) => part.bytes >= PART_MIN_BYTES || index === parts.length - 1);
}

/**
 * Some stores insist on one size for all parts but the last, which may be smaller:
 * https://developers.cloudflare.com/r2/objects/multipart-objects/#limitations. That of the first part, which
 * is always needed.
 */
function equalOnes(parts: readonly StoredPart[]): StoredPart[] {
  const bytes = parts[0]?.bytes ?? 0;
  return parts.filter(
    (part, index) => part.bytes === bytes || (index === parts.length - 1 && part.bytes < bytes),
  );
}

const playable = (parts: StoredPart[]) => (parts[0]?.partNumber === 1 ? parts : []);

function inOrder(parts: readonly StoredPart[]): StoredPart[] {
  const byNumber = new Map(
    parts
      .filter((part) => part.etag !== '' && part.partNumber >= 1 && part.partNumber <= MAX_PARTS)
      .map((part) => [part.partNumber, part]),
  );
  return [...byNumber.values()].sort((a, b) => a.partNumber - b.partNumber);
}

export function bytesOf(parts: readonly StoredPart[]): number {
  return parts.reduce((sum, part) => sum + part.bytes, 0);
}

const namesOf = (parts: readonly StoredPart[]) =>
  parts.map((part) => `${part.partNumber} ${part.etag}`).join();
