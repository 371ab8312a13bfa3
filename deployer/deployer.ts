// The deployer: has the deployment platforms start and stop runtimes. One `start`, one `stop`.
import { CONNECTIONS } from '@meeboter/chassis/connections.ts';
import { type Chassis, startOnChassis } from '@meeboter/chassis/context.ts';
import { isPooled } from '@meeboter/chassis/env/database.ts';
import type { DeploymentPlatform } from '@meeboter/chassis/env/pool.ts';
import type { DeployerSettings } from '@meeboter/chassis/env.ts';
import { Health, serveHealth } from '@meeboter/chassis/health.ts';
import type { Running } from '@meeboter/chassis/lifecycle.ts';
import type { Log } from '@meeboter/chassis/log.ts';
import { sweepRepairs } from '@meeboter/chassis/metrics.ts';
import { untilDatabaseThere } from '@meeboter/chassis/wait-for-server.ts';
import { openDatabase } from '@meeboter/prisma/client.ts';
import { checkRuntime } from './check-runtime.ts';
import type { DeployerContext } from './context.ts';
import { launcher } from './deploy.ts';
import { deployJob, lookJob, reconcileJob, requestLook, stopJob } from './inbox.ts';
import { inTime } from './platforms/in-time.ts';
import { type LocalPlatform, openLocalPlatform } from './platforms/local/open.ts';
import type { Platform } from './platforms/platform.ts';
import { reconcile } from './reconcile.ts';
import { stopRuntime } from './stop-runtime.ts';

export interface Deployer extends Running {
  /**
   * Has every runtime on this machine leave its meeting, for a machine that is shut down as a whole, and
   * kills those that have not ended within the grace time, or when `hurry` is aborted. Best called after
   * `stop`: a running deployer would start runtimes anew that were not admitted yet.
   */
  stopRuntimes(graceMs: number, hurry?: AbortSignal): Promise<void>;
}

export interface DeployerOptions {
  log?: Log;
  /** The program that local runtimes run; the bot unless a test says otherwise. */
  botMain?: string;
  /** Deployment platforms besides the local one, by name. */
  platforms?: Partial<Record<Exclude<DeploymentPlatform, 'local'>, Platform>>;
  /**
   * How often what the platforms run is compared with the rows. Null: never, for the tests that show what is
   * lost without it.
   */
  reconcileEveryMs?: number | null;
}

const RECONCILE_EVERY_MS = 30_000;

/**
 * Starts the deployer's workers. Waits for a database that is away. Throws when a platform of
 * PLATFORM_PRIORITY is not there, or when another machine has the local one; nothing is left open then.
 * Runtimes on this machine outlive the deployer, unless they are stopped.
 */
export async function startDeployer(
  settings: DeployerSettings,
  options: DeployerOptions = {},
): Promise<Deployer> {
  const about = { service: 'deployer', log: options.log } as const;
  return startOnChassis(settings, about, (chassis) => startWith(chassis, options));
}

async function startWith(chassis: Chassis<DeployerSettings>, options: DeployerOptions): Promise<Deployer> {
  const { settings, log, jobs, closers } = chassis;
  const db = openDatabase({
    url: settings.DATABASE_URL,
    pooled: isPooled(settings),
    poolSize: CONNECTIONS.deployer.database,
    applicationName: 'meeboter deployer',
    onConnectionError: (err) => log.warn({ err }, 'database connection lost'),
  });
  closers.addBase('database', () => db.$disconnect());

  const serves = settings.PLATFORM_PRIORITY;
  const others: Partial<Record<DeploymentPlatform, Platform>> = options.platforms ?? {};
  const missing = serves.filter((name) => name !== 'local' && !others[name]);
  if (missing.length > 0) {
    throw new Error(`PLATFORM_PRIORITY: this version cannot deploy to ${missing.join(', ')} yet`);
  }
  const onExit = (deploymentId: string) => void requestLook(jobs, deploymentId);
  const local = serves.includes('local')
    ? await openLocalPlatform({ settings, db, onExit, botMain: options.botMain })
    : null;
  if (local) await takeLocalPlatform(chassis, local);
  const platforms = new Map<string, Platform>();
  for (const name of serves) {
    const platform = name === 'local' ? local?.platform : others[name];
    if (platform) platforms.set(name, inTime(platform));
  }
  const context: DeployerContext = {
    ...{ settings, log, jobs, db },
    host: local?.host ?? null,
    platformOf(name) {
      const platform = platforms.get(name);
      if (!platform) throw new Error(`this deployer does not serve the platform ${name}`);
      return platform;
    },
  };

  const launch = launcher(context);
  jobs.work(deployJob, (payload, job) => launch(payload.deployment_ids, job));
  jobs.work(stopJob, (payload, job) => stopRuntime(context, payload.deployment_id, job));
  jobs.work(lookJob, (payload) => checkRuntime(context, payload.deployment_id));
  jobs.work(reconcileJob, async (_payload, job) => {
    for (const [name, platform] of platforms) {
      const { stopped, missed } = await reconcile(context, name, platform, job.signal);
      sweepRepairs.inc({ kind: 'orphan_runtime' }, stopped.length);
      sweepRepairs.inc({ kind: 'missing_runtime' }, missed.length);
    }
  });
  const { reconcileEveryMs = RECONCILE_EVERY_MS } = options;
  if (reconcileEveryMs !== null) jobs.repeat(reconcileJob, {}, reconcileEveryMs);
  if (local) closers.add('local platform', local.keepHolding());
  const health = new Health('deployer', { db, jobs });
  closers.add('health', () => health.close());
  const server = await serveHealth({ settings, health, jobs, alwaysBusy: false });
  closers.add('health server', () => server.close());
  return {
    ...closers.running(log),
    stopRuntimes: async (graceMs, hurry) => local?.stopAll(graceMs, hurry),
  };
}

async function takeLocalPlatform(chassis: Chassis<DeployerSettings>, local: LocalPlatform): Promise<void> {
  if (await untilDatabaseThere(chassis, local.hold)) return;
  throw new Error(
    'The local platform of this database belongs to a deployer on another machine, or with another RUNTIME_DIR. Stop that one first; its place is free a minute later.',
  );
}
