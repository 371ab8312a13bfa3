// The deployer as a container's program. Bots of the local platform run in that
// container and are killed with it, so here, unlike in deployer/main.ts, they
// are told to leave before the container ends.
import { readdir } from 'node:fs/promises';
import { readSettings } from '@meeboter/chassis/env.ts';
import { runProgram } from '@meeboter/chassis/lifecycle.ts';
import { startDeployer } from '@meeboter/deployer/deployer.ts';
import { createLocalPlatform } from '@meeboter/deployer/platforms/local/local.ts';

/** The local platform gives a bot 30 s to leave and upload, then kills it and looks whether it is gone. */
const BOTS_LEAVE_MS = 36_000;

/** Has the runtimes that were started from this scratch folder leave; others on this machine are none of ours. */
async function sendBotsHome(runtimeDir: string): Promise<void> {
  const local = createLocalPlatform({ runtimeDir });
  const ours = new Set(await readdir(runtimeDir).catch(() => []));
  const running = (await local.list()).filter((id) => ours.has(id));
  const signal = AbortSignal.timeout(BOTS_LEAVE_MS);
  await Promise.all(running.map((id) => local.stop(id, { patienceMs: 0, signal })));
}

await runProgram(async () => {
  const settings = readSettings();
  const deployer = await startDeployer(settings);
  return {
    async stop() {
      // No new bots first: one that is lost before it was admitted would be sent again from here.
      await deployer.stop();
      await sendBotsHome(settings.RUNTIME_DIR);
    },
  };
});
