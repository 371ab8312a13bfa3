// Files that a crash or a full disk leaves whole: either as they were, or as they were to become.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The end of the name of a file that is not finished. What a crash left of them may be deleted. */
export const UNFINISHED = '.unfinished';

/**
 * Writes a file as a whole: to a temporary file beside it, to the disk, and then under its name. Throws the
 * error of the file system; then the file is as it was before, and nothing is left beside it.
 */
export function writeDurably(path: string, text: string, mode = 0o600): void {
  const temporary = `${path}.${process.pid}${UNFINISHED}`;
  try {
    writeFileSync(temporary, text, { mode, flush: true });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

/** Makes what was created, renamed or removed in a folder survive a power failure. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
