// The deployer: has the deployment platforms start and stop runtimes. One `start`, one `stop`.
import { CONNECTIONS } from '@meeboter/chassis/connections.ts';
import { type Chassis, startOnChassis } from '@meeboter/chassis/context.ts';
import { internalUrl } from '@meeboter/chassis/env/address.ts';
import { isPooled } from '@meeboter/chassis/env/database.ts';
import type { DeploymentPlatform } from '@meeboter/chassis/env/pool.ts';
import type { DeployerSettings } from '@meeboter/chassis/env.ts';
import { Health, serveHealth } from '@meeboter/chassis/health.ts';
import type { Running } from '@meeboter/chassis/lifecycle.ts';
import type { Log } from '@meeboter/chassis/log.ts';
import { sweepRepairs } from '@meeboter/chassis/metrics.ts';
import { untilDatabaseThere } from '@meeboter/chassis/wait-for-server.ts';
import { openDatabase } from '@meeboter/prisma/client.ts';
import { rememberApplication } from '@meeboter/prisma/sql/remember-application.ts';
import { checkRuntime } from './check-runtime.ts';
import type { DeployerContext } from './context.ts';
import { launcher } from './deploy.ts';
import { deployJob, lookJob, reconcileJob, requestLook, stopJob } from './inbox.ts';
import { inTime } from './platforms/in-time.ts';
import { openPlatform } from './platforms/open.ts';
import type { Platform } from './platforms/platform.ts';
import { reconcile, type UnknownSince } from './reconcile.ts';
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
  /** The program that runtimes run where a platform starts processes; the bot unless a test says otherwise. */
  botMain?: string;
  /** Deployment platforms to use instead of our own, by name. */
  platforms?: Partial<Record<DeploymentPlatform, Platform>>;
  /**
   * How often what the platforms run is compared with the rows. Null: never, for the tests that show what is
   * lost without it.
   */
  reconcileEveryMs?: number | null;
}

const RECONCILE_EVERY_MS = 30_000;

/**
 * Starts the deployer's workers. Waits for a database that is away. Throws when a platform of
 * PLATFORM_PRIORITY cannot be used; nothing is left open then.
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

  const platforms = new Map<string, Platform>();
  for (const name of settings.PLATFORM_PRIORITY) {
    const given = options.platforms?.[name];
    const platform =
      given ??
      (await openPlatform(name, {
        ...{ settings, db, log, apiUrl: internalUrl(settings), botMain: options.botMain },
        onExit: (id) => void requestLook(jobs, { id, deployment_platform: name }),
        rememberApplication: (slotId, application) => rememberApplication(db, slotId, application),
        untilThere: (work) => untilDatabaseThere(chassis, work),
      }));
    closers.add(`platform ${name}`, async () => platform.close?.());
    platforms.set(name, inTime(platform));
  }
  const hosts = [...platforms].flatMap(([name, { host }]) => (host === undefined ? [] : [[name, host]]));
  const context: DeployerContext = {
    ...{ settings, log, jobs, db },
    hosts: Object.fromEntries(hosts),
    platformOf(name) {
      const platform = platforms.get(name);
      if (!platform) throw new Error(`this deployer does not serve the platform ${name}`);
      return platform;
    },
  };

  const { reconcileEveryMs = RECONCILE_EVERY_MS } = options;
  for (const [name, platform] of platforms) {
    const launch = launcher(context);
    jobs.work(deployJob(name), (payload, job) => launch(payload.deployment_ids, job));
    jobs.work(stopJob(name), (payload, job) => stopRuntime(context, payload.deployment_id, job));
    jobs.work(lookJob(name), (payload, job) => checkRuntime(context, payload.deployment_id, job.signal));
    const unknownSince: UnknownSince = new Map();
    jobs.work(reconcileJob(name), async (_payload, { signal }) => {
      const nowMs = performance.now();
      const { stopped, missed } = await reconcile(context, name, platform, { signal, unknownSince, nowMs });
      sweepRepairs.inc({ kind: 'orphan_runtime' }, stopped.length);
      sweepRepairs.inc({ kind: 'missing_runtime' }, missed.length);
    });
    if (reconcileEveryMs !== null) jobs.repeat(reconcileJob(name), {}, reconcileEveryMs);
  }
  const health = new Health('deployer', { db, jobs });
  closers.add('health', () => health.close());
  const server = await serveHealth({ settings, health, jobs, alwaysBusy: false });
  closers.add('health server', () => server.close());
  return {
    ...closers.running(log),
    async stopRuntimes(graceMs, hurry = new AbortController().signal) {
      await Promise.all([...platforms.values()].map((platform) => platform.stopAll?.(graceMs, hurry)));
    },
  };
}
