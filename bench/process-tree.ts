// CPU time and memory of the processes of one runtime.
import { findRuntimeProcesses } from '../deployer/platforms/local/processes.ts';
import { addUsage, type Usage, usageOfProcess } from './usage.ts';

/** What the runtimes under this folder use now. */
export async function usageOf(workDirPrefix: string): Promise<Usage> {
  const found = (await findRuntimeProcesses()).filter(({ workDir }) => workDir.startsWith(workDirPrefix));
  return addUsage(await Promise.all(found.map(({ pid }) => usageOfProcess(pid))));
}
