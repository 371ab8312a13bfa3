// The hot queries use the index that their comment names, also when most rows
// of a large table are of no interest.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../e2e/support/database.ts';
import type { Transaction } from './client.ts';
import { Prisma } from './generated/client.ts';
import { claimDeployments } from './sql/claim-deployment.ts';
import { beginLaunches, markAllStarted } from './sql/launch.ts';
import { startTimes } from './sql/overdue.ts';
import { isToBeFinished, recordingsToFinish } from './sql/recordings-to-finish.ts';
import { hearReports, setLeases } from './sql/report.ts';
import { stampPhases } from './sql/stamp-phases.ts';
import { startDueBots } from './sql/start-due-bots.ts';
import { transitionBots } from './sql/transition-bot.ts';

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
    'bots_user_id_created_at_id_idx',
    `SELECT * FROM bots WHERE user_id = 'u' ORDER BY created_at DESC, id DESC LIMIT 51`,
  ],
];

it.each(CASES)('%s serves its query', async (index, sql) => {
  const plan = await database.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`);
  expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toContain(index);
});

/** The statement that a function sends, without sending it. */
async function statementOf(run: (db: Transaction) => Promise<unknown>): Promise<string> {
  let text = '';
  const note = async (parts: TemplateStringsArray, ...values: never[]) => {
    text = Prisma.sql(parts, ...values).text;
    return [];
  };
  await run({ $queryRaw: note, $executeRaw: note } as unknown as Transaction);
  return text;
}

const LEASES = { leaseBeforeAdmissionMs: 1, leaseInCallMs: 1 };
const FROM_MANY: [what: string, run: (db: Transaction) => Promise<unknown>][] = [
  ['claims', (db) => claimDeployments(db, [{ deploymentId: 'd', runtimeId: 'r', leaseMs: 1 }])],
  [
    'reports',
    (db) => hearReports(db, [{ deploymentId: 'd', runtimeId: 'r', epoch: 1n, attempt: 1, seq: 1 }], LEASES),
  ],
  ['leases', (db) => setLeases(db, [{ deploymentId: 'd', leaseMs: 1 }])],
  ['phases', (db) => stampPhases(db, [{ botId: 'b', phases: { knocked: new Date() } }])],
  ['moves', (db) => transitionBots(db, [{ botId: 'b', to: 'IN_CALL', subCode: 'x', actor: 'runtime' }])],
  ['launches', (db) => beginLaunches(db, ['d'], { launchTimeoutsMs: { local: 1 }, host: 'h' })],
  ['marks', (db) => markAllStarted(db, [{ deploymentId: 'd', externalRef: 'r' }])],
  ['starts', (db) => startDueBots(db as never, { batch: 200 })],
  ['recordings to finish', (db) => recordingsToFinish(db)],
  ['a recording to finish', (db) => isToBeFinished(db, 'r').then(() => undefined)],
  ['start times', (db) => startTimes(db, 600_000)],
];

it.each(FROM_MANY)('%s read no table as a whole, whatever their number', async (_what, run) => {
  const plan = await database.query<{ 'QUERY PLAN': string }>(
    `EXPLAIN (GENERIC_PLAN) ${await statementOf(run)}`,
  );
  const lines = plan.map((line) => line['QUERY PLAN']);
  expect(lines.length).toBeGreaterThan(2);
  expect(
    lines.filter((line) => /Seq Scan on (?!subscription|bot_pool_platforms|bot_pool_queue)/.test(line)),
  ).toEqual([]);
});
