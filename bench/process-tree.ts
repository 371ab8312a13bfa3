// CPU time and memory of the processes of one runtime, as Linux counts them.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { findRuntimeProcesses } from '../deployer/platforms/local/processes.ts';

const BOT = fileURLToPath(new URL('../bot/main.ts', import.meta.url));
// sysconf(_SC_CLK_TCK), 100 on every Linux that Node runs on.
const TICKS_PER_SECOND = 100;

export interface Usage {
  /** CPU seconds of every process that lives now, and of children that they have reaped. */
  cpuSeconds: number;
  /** Proportional set size in bytes: shared pages count once over the tree. */
  pssBytes: number;
  processes: number;
}

/** What the runtimes under this folder use now. */
export async function usageOf(workDirPrefix: string): Promise<Usage> {
  const found = (await findRuntimeProcesses(BOT)).filter(({ workDir }) => workDir.startsWith(workDirPrefix));
  const each = await Promise.all(found.map(({ pid }) => usageOfProcess(pid)));
  return {
    cpuSeconds: each.reduce((sum, one) => sum + one.cpuSeconds, 0),
    pssBytes: each.reduce((sum, one) => sum + one.pssBytes, 0),
    processes: found.length,
  };
}

async function usageOfProcess(pid: number): Promise<{ cpuSeconds: number; pssBytes: number }> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // Fields 14 to 17 of proc(5), counted behind the name, which may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0);
    const smaps = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
    const pssKib = Number(/^Pss:\s+(\d+)/m.exec(smaps)?.[1] ?? 0);
    return { cpuSeconds: ticks / TICKS_PER_SECOND, pssBytes: pssKib * 1024 };
  } catch {
    return { cpuSeconds: 0, pssBytes: 0 };
  }
}
