// The deployer: makes it so. One `start`, one `stop`.
import { CONNECTIONS } from '@meeboter/chassis/connections.ts';
import { openChassis } from '@meeboter/chassis/context.ts';
import { isPooled } from '@meeboter/chassis/env/database.ts';
import type { DeploymentPlatform } from '@meeboter/chassis/env/pool.ts';
import type { DeployerSettings } from '@meeboter/chassis/env.ts';
import { Health, serveHealth } from '@meeboter/chassis/health.ts';
import type { Running } from '@meeboter/chassis/lifecycle.ts';
import type { Log } from '@meeboter/chassis/log.ts';
import { sweepRepairs } from '@meeboter/chassis/metrics.ts';
import { untilDatabaseThere } from '@meeboter/chassis/wait-for-server.ts';
import { openDatabase } from '@meeboter/prisma/client.ts';
import { holdLocalPlatform } from '@meeboter/prisma/sql/local-host.ts';
import { isRunByOtherHost } from '@meeboter/prisma/sql/run-by-other-host.ts';
import type { DeployerContext } from './context.ts';
import { launcher } from './deploy.ts';
import { deployJob, lookJob, reconcileJob, requestLook, stopJob } from './inbox.ts';
import { look } from './look.ts';
import { inTime } from './platforms/in-time.ts';
import { hostId, whileHeld } from './platforms/local/host.ts';
import { createLocalPlatform } from './platforms/local/local.ts';
import type { Platform } from './platforms/platform.ts';
import { reconcile } from './reconcile.ts';
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
  /** Other deployment platforms than the built-in ones, by name. */
  platforms?: Partial<Record<DeploymentPlatform, Platform>>;
  /** How often the platforms' lists are compared with the rows. Null: never, for the tests that show what is lost without it. */
  reconcileEveryMs?: number | null;
}

const RECONCILE_EVERY_MS = 30_000;
/** How long a look at who holds the local platform counts; well below the time after which another may take it. */
const HELD_FOR_MS = 5_000;

/** Starts the deployer's workers. Waits for a database or a queue that is away. Runtimes on this machine outlive it, unless they are stopped. */
export async function startDeployer(
  settings: DeployerSettings,
  options: DeployerOptions = {},
): Promise<Deployer> {
  const chassis = await openChassis(settings, 'deployer', options.log);
  const db = openDatabase({
    url: settings.DATABASE_URL,
    pooled: isPooled(settings),
    poolSize: CONNECTIONS.deployer.database,
    applicationName: 'meeboter deployer',
    onConnectionError: (err) => chassis.log.warn({ err }, 'database connection lost'),
  });
  const { closers } = chassis;
  closers.addBase('database', () => db.$disconnect());
  const local = createLocalPlatform({
    runtimeDir: settings.RUNTIME_DIR,
    chromiumPath: settings.CHROMIUM_PATH,
    onExit: (deploymentId) => void requestLook(chassis.jobs, deploymentId),
    ...(options.botMain === undefined ? {} : { mainScript: options.botMain }),
  });
  const host = await hostId(settings.RUNTIME_DIR);
  const holdsLocal = async () => {
    if (performance.now() < heldUntilMs) return true;
    const askedAtMs = performance.now();
    if (!(await holdLocalPlatform(db, host))) return false;
    heldUntilMs = askedAtMs + HELD_FOR_MS;
    return true;
  };
  let heldUntilMs = 0;
  const builtIn = { local: whileHeld(local, holdsLocal, (id) => isRunByOtherHost(db, id, host)) };
  const platforms: Partial<Record<string, Platform>> = Object.fromEntries(
    Object.entries({ ...builtIn, ...options.platforms }).map(([name, platform]) => [name, inTime(platform)]),
  );
  const serves = settings.PLATFORM_PRIORITY.filter((name) => platforms[name]);
  if (serves.length < settings.PLATFORM_PRIORITY.length) {
    const missing = settings.PLATFORM_PRIORITY.filter((name) => !platforms[name]);
    throw new Error(`PLATFORM_PRIORITY: this version cannot deploy to ${missing.join(', ')} yet`);
  }
  const isLocal = serves.includes('local') && options.platforms?.local === undefined;
  if (isLocal && !(await untilDatabaseThere(chassis, holdsLocal))) {
    throw new Error(
      'The local platform of this database belongs to a deployer on another machine, or with another RUNTIME_DIR. Stop that one first; its place is free a minute later.',
    );
  }
  const context: DeployerContext = {
    ...chassis,
    db,
    host,
    platformOf(name) {
      const platform = platforms[name];
      if (!platform) throw new Error(`this deployer does not serve the platform ${name}`);
      return platform;
    },
  };

  const launch = launcher(context);
  chassis.jobs.work(deployJob, (payload, job) => launch(payload.deployment_ids, job));
  chassis.jobs.work(stopJob, (payload, job) => stop(context, payload.deployment_id, job));
  chassis.jobs.work(lookJob, (payload) => look(context, payload.deployment_id));
  chassis.jobs.work(reconcileJob, async (_payload, job) => {
    for (const name of serves) {
      const { stopped, missed } = await reconcile(context, name, context.platformOf(name), job.signal);
      sweepRepairs.inc({ kind: 'orphan_runtime' }, stopped.length);
      sweepRepairs.inc({ kind: 'missing_runtime' }, missed.length);
    }
  });
  const { reconcileEveryMs = RECONCILE_EVERY_MS } = options;
  if (reconcileEveryMs !== null) chassis.jobs.repeat(reconcileJob, {}, reconcileEveryMs);
  // A sign of life for the others, also while no bot is about.
  if (isLocal) {
    const holding = setInterval(() => void holdsLocal().catch(() => false), HELD_FOR_MS * 2);
    closers.add('local platform', () => clearInterval(holding));
  }
  const health = new Health('deployer', { db, jobs: chassis.jobs });
  closers.add('health', () => health.close());
  const server = await serveHealth({ ...chassis, health, alwaysBusy: false });
  closers.add('health server', () => server.close());

  return {
    ...closers.running(chassis.log),
    async stopRuntimes(graceMs, hurry) {
      const never = new AbortController().signal;
      const running = await local.list();
      const leave = (id: string) => local.stop(id, { patienceMs: 0, graceMs, signal: hurry ?? never });
      const kill = (id: string) => local.stop(id, { patienceMs: 0, graceMs: 0, signal: never });
      await Promise.all(running.map(async (id) => (await leave(id)) === 'gone' || kill(id)));
    },
  };
}
