// Gives a process too little CPU, or none for a while, as an overloaded machine or a container's limit does.
import { readdirSync, readFileSync } from 'node:fs';

const LOOK_MS = 2;
/** A process may use its share of so much time in one go, as with the kernel's own limits. */
const PERIOD_MS = 100;

/** The pid of the recorder that this process has started. */
export function recorderPid(): number {
  const pid = childrenOf(process.pid).find((one) => read(`/proc/${one}/cmdline`).includes('libx264'));
  if (pid === undefined) throw new Error('this process has no recorder');
  return pid;
}

/** A process and all that it has started, itself or through others. */
export function familyOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(familyOf)];
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/status`).includes(`\nPPid:\t${pid}\n`))
    .map(Number);
}

/** A file of proc(5); empty when the process is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** CPU time that all threads of a process have used, in ms (schedstat in proc(5)). */
function cpuMs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]))
    .reduce((sum, ns) => sum + ns / 1e6, 0);
}

/** Resident memory of a process, in MB. */
function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

export interface Throttled {
  /** The share of a core that it has used since. */
  usedShare(): number;
  /** The most memory that it was seen to hold, in MB. */
  peakMb(): number;
  /** Lets it run freely again. */
  release(): void;
}

/** Lets a process run for a share of a core only, until it ends or is released: it is stopped while it is ahead of that. */
export function throttle(pid: number, share: number): Throttled {
  const startedAtMs = performance.now();
  const startCpuMs = cpuMs(pid);
  let usedMs = 0;
  let used = 0;
  let peak = 0;
  let isStopped = false;
  const signal = (stop: boolean) => {
    if (stop !== isStopped) process.kill(pid, stop ? 'SIGSTOP' : 'SIGCONT');
    isStopped = stop;
  };
  const timer = setInterval(() => {
    try {
      const elapsedMs = performance.now() - startedAtMs;
      // A thread that ends takes its time out of the sum.
      usedMs = Math.max(usedMs, cpuMs(pid) - startCpuMs);
      used = usedMs / elapsedMs;
      peak = Math.max(peak, residentMb(pid));
      const aheadMs = usedMs - share * elapsedMs;
      if (aheadMs > share * PERIOD_MS) signal(true);
      else if (aheadMs < 0) signal(false);
    } catch {
      clearInterval(timer);
    }
  }, LOOK_MS);
  return {
    usedShare: () => used,
    peakMb: () => peak,
    release() {
      clearInterval(timer);
      if (isStopped) signal(false);
    },
  };
}
