import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Log } from '@meeboter/chassis/log.ts';

/** Takes files that cannot be used out of the way, keeps them, and names them in the log. */
export type SetAside = (what: { paths: string[]; why: unknown }) => void;

/** Moves files of `dir` to the same place below `dir/set-aside`. */
export function setAsideIn(dir: string, log: Pick<Log, 'warn'>): SetAside {
  return ({ paths, why }) => {
    for (const path of new Set(paths)) {
      if (!existsSync(path)) continue;
      const wanted = join(dir, 'set-aside', relative(dir, path));
      const free = existsSync(wanted) ? `${wanted}.${Date.now()}` : wanted;
      mkdirSync(dirname(free), { recursive: true });
      renameSync(path, free);
      log.warn(
        { file: path, moved_to: free, err: why },
        'a file of the object store cannot be used and was set aside',
      );
    }
  };
}
