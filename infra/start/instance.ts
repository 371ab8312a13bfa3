// One `npm start` per folder: two would write to one database folder. The kernel's
// lock on a file decides; the file says who has it.
import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const fileOf = (home: string) => join(home, 'instance.pid');

/**
 * Takes the folder for this process. Returns what gives it back; the end of the process does so too, in
 * whatever way it ends. Throws a readable Error when another process has it.
 */
export function takeInstance(home: string): () => void {
  const fd = openSync(fileOf(home), 'a', 0o644);
  // flock(1) locks our open file, not its own, so that the lock stays when it has ended. A machine without
  // the program has only what the file says.
  const { status } = spawnSync('flock', ['--nonblock', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  const holder = runningIn(home);
  if (status === 1 || holder !== undefined) {
    closeSync(fd);
    throw inUse(home, holder);
  }
  ftruncateSync(fd);
  writeSync(fd, `${process.pid} ${startOf(process.pid)}`);
  return () => {
    ftruncateSync(fd);
    closeSync(fd);
  };
}

/** The process that has the folder; undefined when none has. */
export function runningIn(home: string): number | undefined {
  try {
    const [pid = '', start] = readFileSync(fileOf(home), 'utf8').split(' ');
    if (!/^\d+$/.test(pid)) return undefined;
    // Earlier versions wrote no time.
    const isIt = start === undefined ? commandOf(pid).includes('start.ts') : startOf(pid) === start;
    return isIt ? Number(pid) : undefined;
  } catch {
    return undefined;
  }
}

function inUse(home: string, pid: number | undefined): Error {
  const [who, how] = pid === undefined ? ['', ''] : [`, as process ${pid}`, ` or with: kill ${pid}`];
  return new Error(
    `Meeboter is running in this folder already${who}: ${home}\nStop it with Ctrl-C${how}\nTo run another one beside it, set MEEBOTER_HOME, API_PORT and LAB_PORT.`,
  );
}

const commandOf = (pid: string) => readFileSync(`/proc/${pid}/cmdline`, 'utf8');

/**
 * When a process began, in clock ticks since the machine started: tells it from a later one with the same
 * number. Throws when there is no such process, or only its remains.
 */
function startOf(pid: number | string): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // proc(5): the name in brackets may have spaces in it. State is field 3, start time field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z') throw new Error(`process ${pid} has ended`);
  return fields[19] ?? '';
}
