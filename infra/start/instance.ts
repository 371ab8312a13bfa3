// One `npm start` per folder: two would write to one database folder.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Takes the folder for this process. Throws a readable Error when another one has it. Returns the release. */
export function takeInstance(home: string): () => void {
  const file = join(home, 'instance.pid');
  mkdirSync(home, { recursive: true });
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = Number(readFileSync(file, 'utf8'));
    if (isMeeboter(pid)) {
      throw new Error(
        `Meeboter is running in this folder already, as process ${pid}. Stop it with Ctrl-C, or: kill ${pid}`,
      );
    }
    // Left behind by a run that was killed.
    rmSync(file, { force: true });
  }
  throw new Error(`${file} cannot be taken; another start is under way.`);
}

function isMeeboter(pid: number): boolean {
  const cmdline = `/proc/${pid}/cmdline`;
  if (!Number.isInteger(pid) || pid <= 0 || !existsSync(cmdline)) return false;
  try {
    return readFileSync(cmdline, 'utf8').includes('start.ts');
  } catch {
    return false;
  }
}
