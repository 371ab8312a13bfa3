// CPU time and memory of processes, as Linux counts them.
import { readdir, readFile } from 'node:fs/promises';

// sysconf(_SC_CLK_TCK), 100 on every Linux that Node runs on.
const TICKS_PER_SECOND = 100;

export interface Usage {
  /** CPU seconds of the process, and of the children that it has reaped. */
  cpuSeconds: number;
  /** Resident set size in bytes: shared pages count whole. */
  rssBytes: number;
  /** Proportional set size in bytes: a shared page counts once over those that share it. 0 where Linux does not tell. */
  pssBytes: number;
}

const NOTHING: Usage = { cpuSeconds: 0, rssBytes: 0, pssBytes: 0 };

/** What a process has used and uses now; nothing when it is gone. */
export async function usageOfProcess(pid: number): Promise<Usage> {
  try {
    // Fields 14 to 17 of proc(5), counted behind the name, which may hold spaces.
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

/** The same for a process and its children, as PostgreSQL has one per connection. */
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

/** The fields of /proc/<pid>/stat from the third on, the state. */
async function statOf(pid: number): Promise<string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
