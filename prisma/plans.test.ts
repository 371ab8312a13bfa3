// The hot queries use the index that their comment names, in large tables of which they need few rows.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../e2e/support/database.ts';
import type { Transaction } from './client.ts';
import { Prisma } from './generated/client.ts';
import { appendEvent } from './sql/append-events.ts';
import { claimDeployment, claimDeployments } from './sql/claim-deployment.ts';
import { dispatchBots } from './sql/dispatch-bots.ts';
import { hearArrivals } from './sql/hear-arrivals.ts';
import { keepEvidence } from './sql/keep-evidence.ts';
import { keepStays } from './sql/keep-stays.ts';
import { beginLaunches, markAllStarted, markStarted } from './sql/launch.ts';
import { listParticipants } from './sql/list-participants.ts';
import { startTimes } from './sql/overdue.ts';
import { recordingsToFinish, takeRecordingTurn } from './sql/recordings-to-finish.ts';
import { hearReport, readReportingBot, setLease } from './sql/report.ts';
import { settleActions } from './sql/settle-actions.ts';
import { stampPhases } from './sql/stamp-phases.ts';
import { startDueBots } from './sql/start-due-bots.ts';
import { transitionBot } from './sql/transition-bot.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase();
  await database.query(`INSERT INTO "user" (id, name, email) VALUES ('u', 'U', 'u@example.org')`);
  await database.query(`
    INSERT INTO bots (id, user_id, status, sub_code, display_name, meeting_platform, meeting_url, join_url,
      meeting_key, leave_rules, join_at, start_at, order_key, queue_timeout_ms, ended_at, created_at)
    SELECT 'bot_' || n, 'u', (CASE WHEN n % 1000 = 0 THEN 'SCHEDULED' ELSE 'DONE' END)::bot_status, 'x', 'n',
      'google-meet', 'm', 'm', 'k', '{}', now(), now() + n * interval '1 s', now(), 1000,
      CASE WHEN n % 1000 = 0 THEN NULL ELSE now() END, now() - n * interval '1 s'
    FROM generate_series(1, 20000) n`);
  await database.query(`
    INSERT INTO bot_pool_slots (id, deployment_platform, number, state, bot_id, lease_expires_at)
    SELECT 'slt_' || n, 'local', n, (CASE WHEN n % 1000 = 0 THEN 'busy' ELSE 'idle' END)::slot_state,
      CASE WHEN n % 1000 = 0 THEN 'bot_' || n END, CASE WHEN n % 1000 = 0 THEN now() - interval '1 s' END
    FROM generate_series(1, 20000) n`);
  await database.query(`
    INSERT INTO deployments (id, slot_id, epoch, bot_id, attempt, deployment_platform, state, last_report_at)
    SELECT 'dep_' || n, 'slt_' || n, 1, 'bot_' || n, 1, 'local',
      (CASE WHEN n % 1000 = 0 THEN 'claimed' WHEN n % 1001 = 0 THEN 'intent' ELSE 'ended' END)::deployment_state, now() - n * interval '1 s'
    FROM generate_series(1, 20000) n`);
  await database.query(`
    INSERT INTO recordings (id, bot_id, attempt, kind, key, upload_id, content_type, status, started_at)
    SELECT 'rec_' || n, 'bot_' || n, 1, 'video', 'k' || n, 'u', 'video/mp4',
      CASE WHEN n % 1000 = 0 THEN 'recording' ELSE 'ready' END, now()
    FROM generate_series(1, 20000) n`);
  await database.query(`
    INSERT INTO events (user_id, seq, bot_id, bot_seq, type, attempt)
    SELECT 'u', CASE WHEN n <= 19900 THEN n END, 'bot_' || n % 2000, n / 2000 + 1, 'x', 1
    FROM generate_series(1, 20000) n`);
  await database.query(`
    INSERT INTO participants (id, bot_id, external_id, name, joined_at)
    SELECT 'prt_' || n, 'bot_' || n % 2000 + 1, 'p' || n, 'n', now() FROM generate_series(1, 20000) n`);
  await database.query(`
    INSERT INTO screenshots (id, bot_id, attempt, purpose, label, key, content_type, bytes)
    SELECT 'shot_' || n, 'bot_' || n, 1, 'log', 'l', 'k' || n, 'text/plain', 1 FROM generate_series(1, 20000) n`);
  await database.query(`
    INSERT INTO participants (id, bot_id, external_id, name, joined_at)
    SELECT 'stay_' || n, 'bot_' || n % 20 + 1, 'ext_' || n, 'n', now() + n * interval '1 s' FROM generate_series(1, 20000) n`);
  await database.query(`
    INSERT INTO speaker_turns (bot_id, external_id, started_at, ended_at)
    SELECT 'bot_' || n % 20 + 1, 'ext_' || n % 500, now() + n * interval '1 s', now() + n * interval '2 s'
    FROM generate_series(1, 40000) n`);
  await database.query(`
    INSERT INTO recording_parts (recording_id, part_number, etag, bytes, media_ms)
    SELECT 'rec_' || n, 1, 'e', 1, 1 FROM generate_series(1, 20000) n`);
  await database.query('ANALYZE');
});
afterAll(() => database.drop());

const CASES: [index: string, sql: string][] = [
  [
    'bots_start_at_scheduled',
    `SELECT id FROM bots WHERE status = 'SCHEDULED' AND start_at < now() + interval '10 min' ORDER BY start_at LIMIT 500`,
  ],
  [
    'bot_pool_slots_idle',
    `SELECT id FROM bot_pool_slots WHERE state = 'idle' AND deployment_platform = 'local' AND number <= 20000 ORDER BY last_used_at NULLS FIRST, number LIMIT 20 FOR UPDATE SKIP LOCKED`,
  ],
  [
    'bot_pool_slots_lease',
    `SELECT id FROM bot_pool_slots WHERE state IN ('deploying', 'busy') AND draining_at IS NULL AND lease_expires_at < now()`,
  ],
  [
    'bot_pool_slots_draining',
    `SELECT id FROM bot_pool_slots WHERE draining_at IS NOT NULL ORDER BY draining_at LIMIT 500`,
  ],
  [
    'deployments_intent',
    `SELECT id FROM deployments WHERE state = 'intent' AND created_at < now() ORDER BY created_at LIMIT 500`,
  ],
  [
    'deployments_claimed',
    `SELECT id FROM deployments WHERE state = 'claimed' AND last_report_at < now() - interval '15 s'`,
  ],
  [
    'recordings_unfinished',
    `SELECT id FROM recordings WHERE status = 'recording' ORDER BY started_at LIMIT 500`,
  ],
  [
    'events_unnumbered',
    'SELECT position, user_id FROM events WHERE seq IS NULL ORDER BY position LIMIT 500 FOR NO KEY UPDATE',
  ],
  ['events_user_id_seq_key', `SELECT * FROM events WHERE user_id = 'u' AND seq > 100 ORDER BY seq LIMIT 100`],
  [
    'events_bot_id_bot_seq_key',
    `SELECT * FROM events WHERE bot_id = 'bot_7' AND bot_seq > 1 ORDER BY bot_seq LIMIT 100`,
  ],
  [
    'bots_user_id_created_at_id_idx',
    `SELECT * FROM bots WHERE user_id = 'u' ORDER BY created_at DESC, id DESC LIMIT 51`,
  ],
];

it.each(CASES)('the planner uses %s', async (index, sql) => {
  const plan = await database.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`);
  expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toContain(index);
});

/** The text of the statement that a function would send. */
async function statementOf(run: (db: Transaction) => Promise<unknown>): Promise<string> {
  let text = '';
  const capture = async (parts: TemplateStringsArray, ...values: never[]) => {
    text = Prisma.sql(parts, ...values).text;
    return [];
  };
  const $transaction = (statements: Promise<unknown>[]) => Promise.all(statements);
  await run({ $queryRaw: capture, $executeRaw: capture, $transaction } as unknown as Transaction);
  return text;
}

const AT = '2026-11-26T12:00:00Z';
const RUNTIME = { deploymentId: 'd', runtimeId: 'r', epoch: 1n, attempt: 1 };
const LEASES = { leaseBeforeAdmissionMs: 1, leaseInCallMs: 1 };
const STATEMENTS: [what: string, run: (db: Transaction) => Promise<unknown>][] = [
  ['claims of several', (db) => claimDeployments(db, [{ deploymentId: 'd', runtimeId: 'r', leaseMs: 1 }])],
  [
    'arrivals',
    (db) =>
      hearArrivals(db, [{ ...RUNTIME, seq: 1, entryCount: 1, phases: { knocked: new Date() } }], LEASES),
  ],
  ['claims', (db) => claimDeployment(db, { deploymentId: 'd', runtimeId: 'r', leaseMs: 1 })],
  [
    'reports',
    (db) =>
      hearReport(db, { ...RUNTIME, seq: 1, entryCount: 0, entryLimit: null, turns: [], parts: [] }, LEASES),
  ],
  ['uploads', (db) => readReportingBot(db, RUNTIME)],
  ['leases', (db) => setLease(db, 'd', 1)],
  ['phases', (db) => stampPhases(db, 'b', { knocked: new Date() })],
  ['moves', (db) => transitionBot(db, 'b', 'IN_CALL', { subCode: 'x', actor: 'runtime' })],
  ['events', (db) => appendEvent(db, 'b', { type: 'bot.leave_requested', payload: { actor: 'user' } })],
  ['evidence', (db) => keepEvidence(db, 'b', ['s']).then(() => undefined)],
  ['stays', (db) => keepStays(db, 'b', [{ change: 'left', external_id: 'p', name: 'n', at: AT }])],
  ['settled actions', (db) => settleActions(db, 'b', 'user')],
  ['launches', (db) => beginLaunches(db, ['d'], { launchTimeoutsMs: { local: 1 }, hosts: { local: 'h' } })],
  ['marks of several', (db) => markAllStarted(db, [{ deploymentId: 'd', externalRef: 'r' }])],
  ['marks', (db) => markStarted(db, { deploymentId: 'd', externalRef: 'r' })],
  [
    'dispatches',
    (db) =>
      dispatchBots(db as never, {
        ...{ platform: 'local', limit: 20, batch: 20, launchTimeoutMs: 1 },
        launches: { burst: 1, perSecond: 1 },
        served: ['google-meet'],
      }),
  ],
  ['starts', (db) => startDueBots(db as never, { batch: 200 })],
  ['recordings to finish', (db) => recordingsToFinish(db)],
  ['a recording to finish', (db) => takeRecordingTurn(db, 'r', 1)],
  [
    'participants',
    (db) =>
      listParticipants(db, 'bot_1', { after: { joined_at: new Date(), id: 'p' }, limit: 51 }).then(
        () => undefined,
      ),
  ],
  ['start times', (db) => startTimes(db, 600_000)],
];

it.each(STATEMENTS)('%s: the generic plan scans no table as a whole', async (_what, run) => {
  const plan = await database.query<{ 'QUERY PLAN': string }>(
    `EXPLAIN (GENERIC_PLAN) ${await statementOf(run)}`,
  );
  const lines = plan.map((line) => line['QUERY PLAN']);
  expect(lines.length).toBeGreaterThan(2);
  expect(
    lines.filter((line) => /Seq Scan on (?!subscription|bot_pool_platforms|bot_pool_queue)/.test(line)),
  ).toEqual([]);
});

it('listParticipants reads stays in order from their index, and only the turns of its page', async () => {
  const statement = await statementOf((db) => listParticipants(db, 'b', { after: null, limit: 51 }));
  const plan = await database.query<{ 'QUERY PLAN': string }>(`EXPLAIN (GENERIC_PLAN) ${statement}`);
  const text = plan.map((line) => line['QUERY PLAN']).join('\n');
  expect(text).toMatch(/Index Scan using participants_bot_id_joined_at_id_idx/);
  expect(text).toMatch(/speaker_turns_pkey[\s\S]*Index Cond: .*external_id = s\.external_id.*started_at > /);
  // The stays before and after.
  expect(text.match(/using participants_bot_id_external_id_joined_at_key/g)).toHaveLength(2);
});

it.each(STATEMENTS.filter(([what]) => ['reports', 'arrivals'].includes(what)))(
  '%s: the other bots of a call come from their index',
  async (_what, run) => {
    const plan = await database.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN (GENERIC_PLAN) ${await statementOf(run)}`,
    );
    expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toMatch(
      /using bots_in_call on bots o[\s\S]*?Index Cond: \(meeting_key = /,
    );
  },
);
