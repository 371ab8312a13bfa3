// The local platform is one machine. A deployer on another machine, or with another RUNTIME_DIR,
// sees none of its processes and must not conclude that its bots are gone.
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Platform, PlatformFault } from '../platform.ts';

/**
 * The identity of this machine's local platform. It is a file in its folder, so that it stays the same when the
 * container or the host name changes. Throws when the folder cannot be written.
 */
export async function hostId(runtimeDir: string): Promise<string> {
  const file = join(runtimeDir, 'host-id');
  await mkdir(runtimeDir, { recursive: true, mode: 0o700 });
  try {
    // When two deployers start at the same time, one writes the file and both read it.
    await writeFile(file, randomUUID(), { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return (await readFile(file, 'utf8')).trim();
}

/**
 * Limits the platform to what this machine can know. While `holds` returns false, `observe` returns `unknown`, and
 * the others throw. They also do so for a deployment while `isRunByOtherHost` says that another machine started it and
 * it may be alive: a machine that took over cannot see it.
 */
export function whileHeld(
  platform: Platform,
  holds: () => Promise<boolean>,
  isRunByOtherHost: (deploymentId: string) => Promise<boolean>,
): Platform {
  const heldByOther = 'the platform is held by another machine';
  const refuse = () => {
    throw new PlatformFault('transient', heldByOther);
  };
  const knows = async (id: string) => (await holds()) && !(await isRunByOtherHost(id));
  return {
    ...platform,
    start: async (spec, signal) => ((await holds()) ? platform.start(spec, signal) : refuse()),
    requestStop: async (ref, graceMs, signal) =>
      (await knows(ref.deploymentId)) ? platform.requestStop(ref, graceMs, signal) : refuse(),
    observe: async (ref, signal) =>
      (await knows(ref.deploymentId))
        ? platform.observe(ref, signal)
        : { state: 'unknown', detail: heldByOther },
    list: async (signal) => ((await holds()) ? platform.list(signal) : refuse()),
  };
}
