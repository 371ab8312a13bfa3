// The servers' own functions on a real database, called by a test in any order: everything that happens in a
// bot's life, without processes, timers or a queue.

import { createAuth } from '@meeboter/api/auth.ts';
import type { ApiContext } from '@meeboter/api/context.ts';
import { Problem } from '@meeboter/api/problem.ts';
import { claimer } from '@meeboter/api/runtime/claim.ts';
import { reporter } from '@meeboter/api/runtime/report.ts';
import { bookBot } from '@meeboter/booking/book.ts';
import { BookingError } from '@meeboter/booking/booking-error.ts';
import { cancelBot } from '@meeboter/booking/cancel.ts';
import { editBot } from '@meeboter/booking/edit.ts';
import type { BookingEdit } from '@meeboter/booking/input.ts';
import { Health } from '@meeboter/chassis/health.ts';
import type { JobContext } from '@meeboter/chassis/jobs.ts';
import { createLog } from '@meeboter/chassis/log.ts';
import { openStorage } from '@meeboter/chassis/storage.ts';
import { checkRuntime } from '@meeboter/deployer/check-runtime.ts';
import type { DeployerContext } from '@meeboter/deployer/context.ts';
import { launcher } from '@meeboter/deployer/deploy.ts';
import { deployJob, lookJob, stopJob } from '@meeboter/deployer/inbox.ts';
import { PlatformFault } from '@meeboter/deployer/platforms/platform.ts';
import { reconcile } from '@meeboter/deployer/reconcile.ts';
import { stopRuntime } from '@meeboter/deployer/stop-runtime.ts';
import type { ReportEntry, ReportRequest } from '@meeboter/domain/bot-protocol.ts';
import { openDatabase } from '@meeboter/prisma/client.ts';
import { readReportingBot } from '@meeboter/prisma/sql/report.ts';
import { dispatchJob, startJob } from '@meeboter/scheduler/inbox.ts';
import { startSequencer } from '@meeboter/scheduler/sequencer.ts';
import { startAndDispatch } from '@meeboter/scheduler/start-and-dispatch.ts';
import { SWEEP_STEPS } from '@meeboter/scheduler/sweep-steps.ts';
import { testDatabase } from './database.ts';
import { eventually } from './eventually.ts';
import { type Hint, handQueue } from './hand-queue.ts';
import { type PlatformDouble, platformDouble } from './platform-double.ts';
import { insertUser } from './rows.ts';
import { testSettings } from './test-settings.ts';

export const LIFE_PLATFORMS = ['aws', 'k8s'] as const;
export type LifePlatform = (typeof LIFE_PLATFORMS)[number];

type Handler = (ids: string[], job: JobContext) => Promise<unknown>;

/** A runtime that has claimed its bot. */
export interface Session {
  deploymentId: string;
  runtimeId: string;
  botId: string;
  attempt: number;
  epoch: string;
  seq: number;
}

/** Statements that move times into the past, so that something becomes due or overdue at once. */
export const BACKDATES = {
  start: `UPDATE bots SET start_at = now() - interval '1 s' WHERE status = 'SCHEDULED'`,
  // Without absences of the scheduler, which would extend the deadline.
  deadline: `WITH present AS (UPDATE last_sweep SET dispatched_at = now()), never AS (DELETE FROM scheduler_absences)
    UPDATE bot_pool_queue SET deadline_at = now() - interval '1 s', absent_ms = 0`,
  intent: `UPDATE deployments SET created_at = created_at - interval '10 s' WHERE state = 'intent'`,
  lease: `UPDATE bot_pool_slots SET lease_expires_at = now() - interval '1 s' WHERE lease_expires_at IS NOT NULL`,
  mute: `UPDATE deployments SET last_report_at = now() - interval '20 s', started_at = now() - interval '60 s'
    WHERE state = 'claimed'`,
  stay: `UPDATE bots SET claimed_at = claimed_at - interval '6 hours', in_call_at = in_call_at - interval '6 hours',
    leaving_at = leaving_at - interval '6 hours', leave_requested_at = leave_requested_at - interval '6 hours'`,
  drain: `UPDATE bot_pool_slots SET draining_at = now() - interval '2 s' WHERE draining_at IS NOT NULL`,
  'long drain': `UPDATE bot_pool_slots SET draining_at = now() - interval '270 s' WHERE draining_at IS NOT NULL`,
  recovery: `UPDATE bot_pool_slots SET recover_at = now() - interval '1 s' WHERE state = 'error'`,
  // Platforms that said they are full, and those that the breaker has taken out.
  full: `UPDATE bot_pool_platforms SET full_until = now() - interval '1 s', out_until = out_until - interval '1 h'`,
} as const;

export type Life = Awaited<ReturnType<typeof startLife>>;

export async function startLife() {
  const database = await testDatabase();
  const settings = testSettings({
    DATABASE_URL: database.url,
    PLATFORM_PRIORITY: LIFE_PLATFORMS.join(),
    AWS_BOT_LIMIT: '1',
    K8S_BOT_LIMIT: '1',
  });
  const log = createLog({ level: 'silent' });
  const db = openDatabase({ url: database.url });
  const jobs = handQueue();
  const storage = openStorage(settings);
  const platforms = new Map<string, PlatformDouble>();
  const platformOf = (name: string) => {
    const platform = platforms.get(name) ?? platformDouble();
    platforms.set(name, platform);
    return platform;
  };
  const health = new Health('api', { db, jobs });
  const api: ApiContext = { settings, log, jobs, storage, db, auth: createAuth(settings, db), health };
  const [claim, handleReport] = [claimer(api), reporter(api)];
  const scheduler = { settings, log, jobs, storage, db };
  const deployer: DeployerContext = { settings, log, jobs, db, hosts: {}, platformOf };

  const stopSequencer = startSequencer({ url: database.url, log });
  const launch = launcher(deployer);
  const start = startAndDispatch(scheduler);
  const handlers: Record<string, Handler> = {
    [startJob.queue]: start,
    [dispatchJob.queue]: start,
    ...Object.fromEntries(
      LIFE_PLATFORMS.flatMap((name): [string, Handler][] => [
        [deployJob(name).queue, launch],
        [stopJob(name).queue, ([id = ''], job) => stopRuntime(deployer, id, job)],
        [lookJob(name).queue, ([id = ''], job) => checkRuntime(deployer, id, job.signal)],
      ]),
    ),
  };

  return {
    jobs,
    platformOf,

    /** Empties the database, the queue and the platforms. */
    async begin() {
      await database.query('TRUNCATE "user", events, bot_pool_slots, bot_pool_platforms CASCADE');
      await insertUser(database);
      jobs.hints.length = 0;
      platforms.clear();
    },

    async book(priority: number): Promise<string> {
      const booking = { meeting_url: 'https://meet.google.com/abc-defg-hij', priority };
      return (await bookBot(api, 'u', booking, null)).bot.id;
    },
    edit: (botId: string, edit: BookingEdit) => refusable(editBot(api, 'u', botId, edit)),
    cancel: (botId: string) => refusable(cancelBot(api, 'u', botId)),

    /** Null when the claim is refused. */
    async claim(deploymentId: string, runtimeId: string): Promise<Session | null> {
      const won = await refusable(claim(deploymentId, { runtime_id: runtimeId, version: 'test' }));
      if (!won) return null;
      return { deploymentId, runtimeId, botId: won.bot_id, attempt: won.attempt, epoch: won.epoch, seq: 0 };
    },
    /** Null when the report is refused. */
    report: (
      session: Session,
      as: Pick<ReportRequest, 'attempt' | 'epoch'>,
      seq: number,
      entries: ReportEntry[],
    ) => refusable(handleReport(session, { attempt: as.attempt, epoch: as.epoch, report_seq: seq, entries })),
    /** Whether the servers would accept a report of this runtime. */
    async ownsBot(session: Session): Promise<boolean> {
      const epoch = BigInt(session.epoch);
      return (await readReportingBot(db, { ...session, epoch })) !== null;
    },

    /** Delivers a hint. Errors with which a handler asks for a retry are ignored: the sweep sends the hint again. */
    async deliver(hint: Hint, lastTry = true): Promise<void> {
      const { deployment_id: id, deployment_ids: ids = id === undefined ? [] : [id] } = hint.payload as {
        deployment_id?: string;
        deployment_ids?: string[];
      };
      const job = { tryNumber: 1, lastTry, signal: new AbortController().signal };
      await handlers[hint.queue]?.(ids, job).catch((error: unknown) => {
        if (!(error instanceof PlatformFault) && !/does not confirm/.test(String(error))) throw error;
      });
    },
    sweep: (nth: number) => SWEEP_STEPS[nth % SWEEP_STEPS.length]?.run(scheduler),
    async reconcile(name: LifePlatform) {
      const { signal } = new AbortController();
      await reconcile(deployer, name, platformOf(name), { signal, unknownSince: new Map(), nowMs: 0 });
    },
    backdate: (what: keyof typeof BACKDATES) => db.$executeRawUnsafe(BACKDATES[what]),
    async sweepAll() {
      for (const step of SWEEP_STEPS) await step.run(scheduler);
    },

    /** Locks the row of an account or of a bot while `work` runs. */
    hold: (
      row: { account: string; bot?: never } | { bot: string; account?: never },
      work: () => Promise<void>,
    ) =>
      db.$transaction(async (tx) => {
        if (row.bot !== undefined) await tx.$queryRaw`SELECT 1 FROM bots WHERE id = ${row.bot} FOR UPDATE`;
        else await tx.$queryRaw`SELECT 1 FROM subscription WHERE user_id = ${row.account} FOR UPDATE`;
        await work();
      }),
    /** Waits until at least `count` statements wait for a lock. */
    async untilWaiting(count: number) {
      await eventually('statements wait for a lock', async () => {
        const [row] = await database.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM pg_stat_activity
           WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return (row?.n ?? 0) >= count;
      });
    },
    /** Runs plain SQL. Several queries may run at the same time. */
    query: <T>(sql: string, ...values: unknown[]) => db.$queryRawUnsafe<T[]>(sql, ...values),
    async close() {
      await stopSequencer();
      health.close();
      storage.close();
      await db.$disconnect();
      await database.drop();
    },
  };
}

/** Turns a refusal (a BookingError, or a Problem below 500) into null. Other errors are thrown. */
async function refusable<T>(answer: Promise<T>): Promise<T | null> {
  return answer.catch((error: unknown) => {
    if (error instanceof BookingError || (error instanceof Problem && error.status < 500)) return null;
    throw error;
  });
}
