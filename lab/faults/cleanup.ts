// Kills the servers of a fault run that is interrupted. They are found by the run's folder: it is in their command
// line or environment, or is their working directory (Redis overwrites the other two with its title).
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';

/** When this process exits, kills the processes of this folder and deletes it. Returns a function that cancels this, for a run that has cleaned up itself. */
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
    const isNamed = ['cmdline', 'environ'].some((file) =>
      readFileSync(`/proc/${pid}/${file}`, 'utf8').includes(dir),
    );
    return isNamed || readlinkSync(`/proc/${pid}/cwd`).startsWith(dir);
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
