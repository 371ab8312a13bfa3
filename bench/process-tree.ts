// CPU time and memory of the processes of one runtime.
import { fileURLToPath } from 'node:url';
import { findRuntimeProcesses } from '../deployer/platforms/local/processes.ts';
import { addUsage, type Usage, usageOfProcess } from './usage.ts';

const BOT = fileURLToPath(new URL('../bot/main.ts', import.meta.url));

/** What the runtimes under this folder use now. */
export async function usageOf(workDirPrefix: string): Promise<Usage> {
  const found = (await findRuntimeProcesses(BOT)).filter(({ workDir }) => workDir.startsWith(workDirPrefix));
  return addUsage(await Promise.all(found.map(({ pid }) => usageOfProcess(pid))));
}
