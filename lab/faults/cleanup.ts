// A fault run that is interrupted takes its servers with it: all of them carry
// the run's folder in their command line or environment, or work in it (Redis
// writes its title over the other two).
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';

/** Sees to it that nothing of this folder outlives this process. Returns what ends the watch, for a run that cleans up itself. */
export function killAtExit(dir: string): () => void {
  const onExit = () => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      if (Number(pid) !== process.pid && belongsTo(pid, dir)) kill(Number(pid));
    }
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  process.on('exit', onExit);
  return () => void process.off('exit', onExit);
}

function belongsTo(pid: string, dir: string): boolean {
  try {
    const told = ['cmdline', 'environ'].some((file) =>
      readFileSync(`/proc/${pid}/${file}`, 'utf8').includes(dir),
    );
    return told || readlinkSync(`/proc/${pid}/cwd`).startsWith(dir);
  } catch {
    return false;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
