import { spawn } from 'node:child_process';
import { fstatSync } from 'node:fs';

/**
 * Calls back when nobody reads this process's output any more: the other end of the pipe is closed, or the
 * terminal is gone. A write that fails tells of it. For a pipe a helper tells too, since this process may
 * have nothing more to write: Node cannot ask a pipe whether it has a reader, and tail(1) of GNU coreutils
 * does so every second. It ends by SIGPIPE then; where it ends otherwise, or is missing, a write has to tell.
 */
export function onReaderGone(gone: () => void): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || (error.code === 'EIO' && process.stdout.isTTY)) gone();
  });
  if (!fstatSync(1).isFIFO()) return;
  // It has nothing to print, and ends with this process, also when that is killed.
  const args = ['--follow', `--pid=${process.pid}`, '/dev/null'];
  const helper = spawn('tail', args, { stdio: ['ignore', 'inherit', 'ignore'], detached: true });
  helper.unref();
  helper.on('error', () => undefined);
  helper.on('exit', (_code, signal) => {
    if (signal === 'SIGPIPE') gone();
  });
  process.on('exit', () => void helper.kill());
}
