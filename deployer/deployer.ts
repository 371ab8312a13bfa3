// The deployer: makes it so. One `start`, one `stop`.
import { openChassis } from '@meeboter/chassis/context.ts';
import type { Settings } from '@meeboter/chassis/env.ts';
import { serveHealth } from '@meeboter/chassis/health.ts';
import type { Running } from '@meeboter/chassis/lifecycle.ts';
import type { Log } from '@meeboter/chassis/log.ts';
import { openDatabase } from '@meeboter/prisma/client.ts';
import type { DeployerContext } from './context.ts';
import { deploy } from './deploy.ts';
import { deployJob, lookJob, requestLook, stopJob } from './inbox.ts';
import { look } from './look.ts';
import { createLocalPlatform } from './platforms/local/local.ts';
import type { Platform } from './platforms/platform.ts';
import { stop } from './stop.ts';

export interface Deployer extends Running {
  /**
   * Has every runtime on this machine leave its meeting, for a machine that is shut down as a whole,
   * and kills what is not gone within the grace time, or when `hurry` is aborted. Works, and is best
   * called, after `stop`: a living deployer would start anew what was not admitted yet.
   */
  stopRuntimes(graceMs: number, hurry?: AbortSignal): Promise<void>;
}

export interface DeployerOptions {
  log?: Log;
  /** The program that local runtimes run; the bot unless a test says otherwise. */
  botMain?: string;
}

/** Starts the deployer's workers. Runtimes on this machine outlive it, unless they are stopped. */
export async function startDeployer(settings: Settings, options: DeployerOptions = {}): Promise<Deployer> {
  const chassis = await openChassis(settings, 'deployer', options.log);
  const db = openDatabase({
    url: settings.DATABASE_URL,
    onConnectionError: (err) => chassis.log.warn({ err }, 'database connection lost'),
  });
  const local = createLocalPlatform({
    runtimeDir: settings.RUNTIME_DIR,
    chromiumPath: settings.CHROMIUM_PATH,
    onExit: (deploymentId) => void requestLook(chassis.jobs, deploymentId),
    ...(options.botMain === undefined ? {} : { mainScript: options.botMain }),
  });
  const platforms: Record<string, Platform> = { local };
  const context: DeployerContext = {
    ...chassis,
    db,
    platformOf(name) {
      const platform = platforms[name];
      if (!platform) throw new Error(`this deployer does not serve the platform ${name}`);
      return platform;
    },
  };

  chassis.jobs.work(deployJob, (payload, job) => deploy(context, payload.deployment_id, job));
  chassis.jobs.work(stopJob, (payload, job) => stop(context, payload.deployment_id, job));
  chassis.jobs.work(lookJob, (payload) => look(context, payload.deployment_id));
  const health = await serveHealth({ ...chassis, db, alwaysBusy: false });

  return {
    async stopRuntimes(graceMs, hurry) {
      const never = new AbortController().signal;
      const running = await local.list();
      const leave = (id: string) => local.stop(id, { patienceMs: 0, graceMs, signal: hurry ?? never });
      const kill = (id: string) => local.stop(id, { patienceMs: 0, graceMs: 0, signal: never });
      await Promise.all(running.map(async (id) => (await leave(id)) === 'gone' || kill(id)));
    },
    async stop() {
      await health.close();
      await chassis.closers.close(chassis.log);
      await db.$disconnect();
    },
  };
}
