// CPU time and memory of processes, from Linux's /proc.
import { readdir, readFile } from 'node:fs/promises';

// sysconf(_SC_CLK_TCK), 100 on every Linux that Node runs on.
const TICKS_PER_SECOND = 100;

export interface Usage {
  /** CPU seconds of the process, including children that have ended. */
  cpuSeconds: number;
  /** Resident set size, bytes. Shared pages count fully. */
  rssBytes: number;
  /** Proportional set size, bytes: a shared page is divided among the processes that share it. 0 where Linux does not provide it. */
  pssBytes: number;
}

const NOTHING: Usage = { cpuSeconds: 0, rssBytes: 0, pssBytes: 0 };

/** The usage of a process; all 0 when it has ended. */
export async function usageOfProcess(pid: number): Promise<Usage> {
  try {
    // Fields 14 to 17 of proc(5). They are counted from behind the name, which may contain spaces.
    const ticks = (await statOf(pid)).slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const smaps = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
    return {
      cpuSeconds: ticks / TICKS_PER_SECOND,
      rssBytes: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024,
      pssBytes: Number(/^Pss:\s+(\d+)/m.exec(smaps)?.[1] ?? 0) * 1024,
    };
  } catch {
    return NOTHING;
  }
}

/** The usage of a process and its children, for PostgreSQL, which has a child per connection. */
export async function usageOfFamily(pid: number): Promise<Usage> {
  const children: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const [, parent] = await statOf(Number(name)).catch(() => []);
    if (Number(parent) === pid) children.push(Number(name));
  }
  return addUsage(await Promise.all([pid, ...children].map(usageOfProcess)));
}

export function addUsage(all: readonly Usage[]): Usage {
  return all.reduce(
    (sum, one) => ({
      cpuSeconds: sum.cpuSeconds + one.cpuSeconds,
      rssBytes: sum.rssBytes + one.rssBytes,
      pssBytes: sum.pssBytes + one.pssBytes,
    }),
    NOTHING,
  );
}

/** The fields of /proc/<pid>/stat from the third one (the state) on. */
async function statOf(pid: number): Promise<string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
