// The folder where `npm start` keeps everything: checked before anything is written
// to it, and held by one process at a time.
import { mkdirSync, rmdirSync, rmSync, type Stats, statfsSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { writeDurably } from '../durable-file.ts';
import { takeInstance } from './instance.ts';

export interface Home {
  dir: string;
  /** Gives the folder back. */
  release(): void;
}

const MIB = 1024 * 1024;
/** A little more than a new PostgreSQL and its first write-ahead log take. */
export const ROOM_FOR_A_DATABASE = 150 * MIB;
const ROOM_TO_START = 16 * MIB;

/**
 * Makes the folder when it is not there, checks that it can be written to, and takes it for this process.
 * `neededBytes`: what must be free on its disk. Throws an Error that names the folder, what is wrong with it
 * and what to do; then nothing is left of the attempt.
 */
export function openHome(dir: string, neededBytes = ROOM_TO_START): Home {
  const made = makeFolder(dir);
  try {
    checkOwner(dir, statSync(dir));
    checkRoom(dir, neededBytes);
    const probe = join(dir, '.write-test');
    writeDurably(probe, 'x'.repeat(4_096));
    rmSync(probe);
    return { dir, release: takeInstance(dir) };
  } catch (error) {
    removeEmpty(dir, made);
    throw readable(dir, error);
  }
}

/** Makes the folder and those above it; returns the first that was missing, if any. */
function makeFolder(dir: string): string | undefined {
  try {
    const made = mkdirSync(dir, { recursive: true, mode: 0o755 });
    if (!statSync(dir).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
    return made;
  } catch (error) {
    throw readable(dir, error);
  }
}

function checkOwner(dir: string, { uid }: Stats): void {
  const { uid: own, username } = userInfo();
  if (own < 0 || uid === own) return;
  throw new HomeError(
    dir,
    `it belongs to the user with the number ${uid}, and you are ${username} (${own})`,
    'Start Meeboter as the user that the folder belongs to',
  );
}

function checkRoom(dir: string, neededBytes: number): void {
  const { bavail, bsize } = statfsSync(dir);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  const mib = (bytes: number) => `${Math.floor(bytes / MIB)} MiB`;
  throw new HomeError(
    dir,
    `its disk has ${mib(freeBytes)} left, and Meeboter needs ${mib(neededBytes)} to start`,
    'Make room',
  );
}

/** Removes the folders that this start made, as long as nothing is in them. */
function removeEmpty(dir: string, firstMade: string | undefined): void {
  if (firstMade === undefined) return;
  try {
    for (let path = dir; path.startsWith(firstMade); path = dirname(path)) rmdirSync(path);
  } catch {
    // Somebody else has put something there.
  }
}

class HomeError extends Error {
  constructor(dir: string, what: string, remedy: string, options?: ErrorOptions) {
    super(
      `Meeboter cannot keep its data in ${dir}: ${what}.\n${remedy}, or set MEEBOTER_HOME to another folder.`,
      options,
    );
    this.name = 'HomeError';
  }
}

const REASONS: Record<string, [what: string, remedy: string]> = {
  ENOTDIR: ['it, or something above it, is not a folder', 'Move that file away'],
  EEXIST: ['it is not a folder', 'Move that file away'],
  EACCES: ['this user may not write there', 'Give this user the right to write there'],
  EPERM: ['this user may not write there', 'Give this user the right to write there'],
  EROFS: ['its file system is read-only', 'Mount it for writing'],
  ENOSPC: ['its disk is full', 'Make room'],
  EDQUOT: ["this user's share of the disk is full", 'Make room'],
  ENAMETOOLONG: ['the path is too long', 'Choose a shorter one'],
};

function readable(dir: string, error: unknown): unknown {
  const [what, remedy] = REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? [];
  return what && remedy ? new HomeError(dir, what, remedy, { cause: error }) : error;
}
