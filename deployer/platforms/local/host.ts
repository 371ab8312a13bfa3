// The local platform is one machine. This file sees to it that a deployer on
// another machine, or with another folder, does not take its bots for gone.
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Platform, PlatformFault } from '../platform.ts';

/** The identity of this machine's local platform, kept in its folder: it outlives containers and names. */
export async function hostId(runtimeDir: string): Promise<string> {
  const file = join(runtimeDir, 'host-id');
  await mkdir(runtimeDir, { recursive: true, mode: 0o700 });
  try {
    // Two deployers at once: one writes it, both read it.
    await writeFile(file, randomUUID(), { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return (await readFile(file, 'utf8')).trim();
}

/**
 * The platform as long as `holds` says that it is this machine's; otherwise every answer is `unknown`
 * and nothing is started. `unknown` too is what another machine began, for as long as `isRunByOtherHost`
 * says that it may live: a machine that takes the place of one that went silent sees nothing of it.
 */
export function whileHeld(
  platform: Platform,
  holds: () => Promise<boolean>,
  isRunByOtherHost: (deploymentId: string) => Promise<boolean>,
): Platform {
  const refuse = () => {
    throw new PlatformFault('transient', 'the local platform is held by another machine');
  };
  const knows = async (id: string) => (await holds()) && !(await isRunByOtherHost(id));
  return {
    ...platform,
    start: async (spec) => ((await holds()) ? platform.start(spec) : refuse()),
    stop: async (id, options) => ((await knows(id)) ? platform.stop(id, options) : 'unknown'),
    observe: async (id) => ((await knows(id)) ? platform.observe(id) : 'unknown'),
    list: async () => ((await holds()) ? platform.list() : refuse()),
  };
}
