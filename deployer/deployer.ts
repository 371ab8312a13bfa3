// The deployer: has the deployment platforms start and stop runtimes. One `start`, one `stop`.
import { setTimeout as delay } from 'node:timers/promises';
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
import { noteServedMeetings } from '@meeboter/prisma/sql/note-served-meetings.ts';
import { notePlatformFault } from '@meeboter/prisma/sql/platform-faults.ts';
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
/** How often a platform that cannot be opened is tried again. */
const REOPEN_MS = 30_000;

/**
 * Starts the deployer's workers. Waits for a database that is away. Throws when no platform of
 * PLATFORM_PRIORITY can be used; nothing is left open then. One of several that cannot be used is logged, shown to the
 * operator, and tried again.
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
  const context: DeployerContext = {
    ...{ settings, log, jobs, db },
    get hosts() {
      const hosts = [...platforms].flatMap(([name, { host }]) => (host === undefined ? [] : [[name, host]]));
      return Object.fromEntries(hosts);
    },
    platformOf(name) {
      const platform = platforms.get(name);
      if (!platform) throw new Error(`this deployer does not serve the platform ${name}`);
      return platform;
    },
  };
  const open = async (name: DeploymentPlatform): Promise<void> => {
    const platform =
      options.platforms?.[name] ??
      (await openPlatform(name, {
        ...{ settings, db, log, apiUrl: internalUrl(settings), botMain: options.botMain },
        onExit: (id) => void requestLook(jobs, { id, deployment_platform: name }),
        rememberApplication: (slotId, application) => rememberApplication(db, slotId, application),
        untilThere: (work) => untilDatabaseThere(chassis, work),
      }));
    closers.add(`platform ${name}`, async () => platform.close?.());
    // Before its first bot is launched: the dispatcher reads it.
    const served = platform.meetingPlatforms ?? null;
    await untilDatabaseThere(chassis, () => noteServedMeetings(db, name, served));
    platforms.set(name, inTime(platform));
    serve(context, name, options);
  };
  const failures = await openAll(settings.PLATFORM_PRIORITY, open, log);
  if (platforms.size === 0) throw failures.length === 1 ? failures[0]?.error : severalOf(failures);
  for (const { name, error } of failures) {
    // Shown to the operator, and no bots are sent there until it opens.
    await notePlatformFault(db, name, { kind: 'config', message: String(error) }).catch(() => false);
    closers.add(
      `platform ${name}, which does not open`,
      keepOpening(() => open(name), name, log),
    );
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

interface Failure {
  name: DeploymentPlatform;
  error: unknown;
}

async function openAll(
  names: readonly DeploymentPlatform[],
  open: (name: DeploymentPlatform) => Promise<void>,
  log: Log,
): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (const name of names) {
    try {
      await open(name);
    } catch (error) {
      log.error({ platform: name, err: error }, 'a deployment platform cannot be used');
      failures.push({ name, error });
    }
  }
  return failures;
}

const severalOf = (failures: readonly Failure[]) =>
  new Error(
    failures
      .map(({ name, error }) => `${name}: ${error instanceof Error ? error.message : error}`)
      .join('\n'),
  );

/** Tries to open a platform again and again, until it opens or the returned function is called. */
function keepOpening(open: () => Promise<void>, platform: string, log: Log): () => Promise<void> {
  const ended = new AbortController();
  const loop = (async () => {
    for (;;) {
      await delay(REOPEN_MS, undefined, { signal: ended.signal, ref: false }).catch(() => undefined);
      if (ended.signal.aborted) return;
      try {
        await open();
        log.info({ platform }, 'the deployment platform can be used now');
        return;
      } catch (err) {
        log.warn({ platform, err }, 'a deployment platform still cannot be used');
      }
    }
  })();
  return () => {
    ended.abort();
    return loop;
  };
}

/** Takes the jobs of one platform. */
function serve(
  context: DeployerContext,
  name: DeploymentPlatform,
  { reconcileEveryMs = RECONCILE_EVERY_MS }: DeployerOptions,
): void {
  const { jobs } = context;
  const launch = launcher(context);
  const unknownSince: UnknownSince = new Map();
  jobs.work(deployJob(name), (payload, job) => launch(payload.deployment_ids, job));
  jobs.work(stopJob(name), (payload, job) => stopRuntime(context, payload.deployment_id, job));
  jobs.work(lookJob(name), (payload, job) => checkRuntime(context, payload.deployment_id, job.signal));
  jobs.work(reconcileJob(name), async (_payload, { signal }) => {
    const round = { signal, unknownSince, nowMs: performance.now() };
    const { stopped, missed } = await reconcile(context, name, context.platformOf(name), round);
    sweepRepairs.inc({ kind: 'orphan_runtime' }, stopped.length);
    sweepRepairs.inc({ kind: 'missing_runtime' }, missed.length);
  });
  if (reconcileEveryMs !== null) jobs.repeat(reconcileJob(name), {}, reconcileEveryMs);
}
