// The deployer as the program of a container. Bots of the local platform run in that container
// and are killed when it ends. So this program, unlike main.ts, tells them to leave first.
import { readDeployerSettings } from '@meeboter/chassis/env.ts';
import { runProgram } from '@meeboter/chassis/lifecycle.ts';
import { startDeployer } from './deployer.ts';

/** How long bots may take to leave and upload; the container's stop grace period has to be longer. */
const BOTS_LEAVE_MS = 30_000;
/** And how long it may take to kill those that do not. */
const BOTS_KILLED_MS = 12_000;

await runProgram(async () => {
  const deployer = await startDeployer(readDeployerSettings());
  return {
    stopWithinMs: deployer.stopWithinMs + BOTS_LEAVE_MS + BOTS_KILLED_MS,
    open: () => [...deployer.open(), 'bots'],
    async stop() {
      await deployer.stop();
      await deployer.stopRuntimes(BOTS_LEAVE_MS);
    },
  };
});
