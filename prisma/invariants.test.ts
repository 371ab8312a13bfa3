// prisma/invariants.sql reports each violated invariant, and nothing in a sound database. To show that each
// check can fail, this test violates every invariant.
import { STATUS_CHANGED } from '@meeboter/domain/events.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../e2e/support/database.ts';
import { numberEvents } from '../e2e/support/number-events.ts';
import { insertBot, insertUser } from '../e2e/support/rows.ts';
import { type Database, openDatabase } from './client.ts';
import { appendEvent } from './sql/append-events.ts';
import { claimDeployment } from './sql/claim-deployment.ts';
import { endDeployment, readOpenDeployment } from './sql/deployment-steps.ts';
import { dispatchBots } from './sql/dispatch-bots.ts';
import { ensureSlots } from './sql/ensure-slots.ts';
import { findViolations, type Violation } from './sql/find-violations.ts';
import { noteBotLimits } from './sql/note-bot-limits.ts';
import { startDueBots } from './sql/start-due-bots.ts';
import { transitionBot } from './sql/transition-bot.ts';

let database: TestDatabase;
let db: Database;
let statement: string;

/** Bots at each stage of their life, moved there by the product's own statements. */
beforeAll(async () => {
  database = await testDatabase();
  db = openDatabase({ url: database.url });
  const { readFile } = await import('node:fs/promises');
  statement = await readFile(new URL('invariants.sql', import.meta.url), 'utf8');
  await insertUser(database);
  await noteBotLimits(db, [{ platform: 'aws', limit: 4 }]);

  const done = await book();
  const inCall = await book();
  await book(); // stays DEPLOYING
  await startDueBots(db, { batch: 10 });
  await ensureSlots(db, { platform: 'aws', limit: 4, wanted: 4 });
  const dispatched = await dispatchBots(db, {
    platform: 'aws',
    limit: 4,
    batch: 10,
    launchTimeoutMs: 60_000,
    launches: { burst: 10_000, perSecond: 10_000 },
  });
  for (const botId of [done, inCall]) {
    const deploymentId = dispatched.find((pair) => pair.botId === botId)?.deploymentId ?? '';
    await claimDeployment(db, { deploymentId, runtimeId: 'run', leaseMs: 60_000 });
    await move(botId, 'IN_CALL');
    if (botId === inCall) continue;
    for (const to of ['LEAVING', 'DONE'] as const) await move(botId, to);
    const open = await readOpenDeployment(db, deploymentId);
    if (!open) throw new Error('no open deployment');
    await db.$transaction((tx) => endDeployment(tx, open));
  }
  await book();
  await startDueBots(db, { batch: 10 }); // stays QUEUED
  await book(3600_000); // stays SCHEDULED
  await numberEvents(database.url);
});
afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

/** Inserts a booked bot with its event. */
async function book(joinInMs = 0): Promise<string> {
  const botId = await insertBot(database, { joinInMs });
  const payload = { from: null, to: 'SCHEDULED', actor: 'user' } as const;
  await db.$transaction((tx) => appendEvent(tx, botId, { type: STATUS_CHANGED, payload }));
  return botId;
}

const move = (botId: string, to: 'IN_CALL' | 'LEAVING' | 'DONE') =>
  db.$transaction((tx) => transitionBot(tx, botId, to, { subCode: 'test', actor: 'runtime' }));

/** The violations reported after these statements, which are rolled back afterwards. */
async function violationsAfter(...statements: string[]): Promise<Violation[]> {
  await database.query('BEGIN');
  try {
    for (const sql of statements) await database.query(sql);
    return await database.query<Violation>(statement);
  } finally {
    await database.query('ROLLBACK');
  }
}

const BOT_IN = (status: string) => `(SELECT id FROM bots WHERE status = '${status}')`;
const SLOT_OF = (status: string) => `bot_id = ${BOT_IN(status)}`;
const AN_IDLE_SLOT = `id = (SELECT id FROM bot_pool_slots WHERE state = 'idle' ORDER BY number LIMIT 1)`;
const USED_CHECK = 'ALTER TABLE bot_pool_slots DROP CONSTRAINT bot_pool_slots_used';
const HOLD_BY_DONE = (drainingAt: string) =>
  `UPDATE bot_pool_slots SET state = 'busy', bot_id = ${BOT_IN('DONE')}, draining_at = ${drainingAt} WHERE ${AN_IDLE_SLOT}`;
const LIMIT = (limit: number, ago: string) =>
  `UPDATE bot_pool_platforms SET bot_limit = ${limit}, bot_limit_at = now() - interval '${ago}'`;
const GIVEN_OUT = (ago: string) => `UPDATE deployments SET created_at = now() - interval '${ago}'`;

/** Removes the account number of an event of the bot in the call. */
const UNNUMBERED = (which: string, at: string) =>
  `UPDATE events SET seq = NULL, at = ${at} WHERE ${which} AND bot_id = ${BOT_IN('IN_CALL')}`;
const SWAPPED_NUMBERS = [
  'DROP INDEX events_user_id_seq_key',
  `UPDATE events e SET seq = o.seq FROM events o
   WHERE e.bot_id = ${BOT_IN('IN_CALL')} AND o.bot_id = e.bot_id AND e.bot_seq + o.bot_seq = 3`,
];

const BROKEN: [invariant: string, how: string, statements: string[]][] = [
  [
    'I1',
    'a second open deployment of one bot',
    [
      'DROP INDEX deployments_open_per_bot',
      `UPDATE bot_pool_slots SET lease_epoch = lease_epoch + 1 WHERE ${AN_IDLE_SLOT}`,
      `INSERT INTO deployments (id, slot_id, epoch, bot_id, attempt, deployment_platform)
       SELECT 'dep_2', id, lease_epoch, ${BOT_IN('IN_CALL')}, 2, 'aws' FROM bot_pool_slots WHERE ${AN_IDLE_SLOT}`,
    ],
  ],
  [
    'I2',
    'a busy slot without a bot',
    [USED_CHECK, `UPDATE bot_pool_slots SET state = 'busy' WHERE ${AN_IDLE_SLOT}`],
  ],
  [
    'I2',
    'an idle slot with a bot',
    [USED_CHECK, `UPDATE bot_pool_slots SET state = 'idle' WHERE ${SLOT_OF('IN_CALL')}`],
  ],
  ['I3', 'a queued bot without a queue row', ['DELETE FROM bot_pool_queue']],
  [
    'I3',
    'a queue row of a bot that is not queued',
    [
      `INSERT INTO bot_pool_queue (bot_id, order_key, deadline_at) VALUES (${BOT_IN('SCHEDULED')}, now(), now())`,
    ],
  ],
  [
    'I4',
    'a bot in the call without a slot',
    [`UPDATE bot_pool_slots SET state = 'idle', bot_id = NULL WHERE ${SLOT_OF('IN_CALL')}`],
  ],
  ['I5', 'an ended bot whose slot does not drain', [HOLD_BY_DONE('NULL')]],
  [
    'I5',
    'an ended bot whose slot has been draining for too long',
    [HOLD_BY_DONE(`now() - interval '6 min'`)],
  ],
  [
    'I6',
    'a claim without a runtime',
    [`UPDATE deployments SET runtime_id = NULL WHERE ${SLOT_OF('IN_CALL')}`],
  ],
  [
    'I6',
    'an epoch without a deployment',
    [`UPDATE bot_pool_slots SET lease_epoch = lease_epoch + 1 WHERE ${AN_IDLE_SLOT}`],
  ],
  [
    'I7',
    'a change of status without an event',
    [`UPDATE bots SET status = 'CANCELLED', ended_at = now() WHERE status = 'SCHEDULED'`],
  ],
  [
    'I7',
    'a status event that does not start where the one before it ended',
    [
      `UPDATE events SET payload = payload || '{"from": "DEPLOYING"}'
       WHERE payload ->> 'to' = 'IN_CALL' AND bot_id = ${BOT_IN('IN_CALL')}`,
    ],
  ],
  [
    'I7',
    'a gap in the numbers of an account',
    [`UPDATE events SET seq = seq + 1000 WHERE seq = (SELECT max(seq) FROM events)`],
  ],
  ['I7', 'an account counter ahead of its events', ['UPDATE event_counters SET last_seq = last_seq + 1']],
  [
    'I7',
    'a gap in the numbers of a bot',
    [`UPDATE events SET bot_seq = 99 WHERE bot_seq = 1 AND bot_id = ${BOT_IN('IN_CALL')}`],
  ],
  [
    'I7',
    'a bot counter ahead of its events',
    [`UPDATE bots SET event_seq = event_seq + 1 WHERE status = 'IN_CALL'`],
  ],
  ['I7', 'account numbers that are not in the order of a bot’s own numbers', SWAPPED_NUMBERS],
  ['I7', 'a later event numbered before an earlier one', [UNNUMBERED('bot_seq = 2', 'now()')]],
  [
    'I7',
    'an event that has waited too long for its account number',
    [UNNUMBERED('bot_seq = (SELECT event_seq FROM bots b WHERE b.id = bot_id)', `now() - interval '20 s'`)],
  ],
  [
    'I8',
    'a missed start',
    [
      `UPDATE bots SET start_at = now() - interval '1 min' WHERE status = 'SCHEDULED'`,
      `UPDATE events SET at = now() - interval '20 s'`,
    ],
  ],
  ['I9', 'a slot given out above the limit', [LIMIT(1, '1 hour'), GIVEN_OUT('10 min')]],
  ['I9', 'a slot given out with a limit of 0', [LIMIT(0, '1 hour'), GIVEN_OUT('10 min')]],
];

const SOUND: [how: string, statements: string[]][] = [
  ['bots at every stage of life', []],
  ['a slot of an ended bot that has just begun to drain', [HOLD_BY_DONE('now()')]],
  [
    'a start that is 5 s overdue',
    [`UPDATE bots SET start_at = now() - interval '5 s' WHERE status = 'SCHEDULED'`],
  ],
  [
    'a booking for now, whose start is in the past by the lead',
    [
      `UPDATE bots SET start_at = now() - interval '90 s' WHERE status = 'SCHEDULED'`,
      `UPDATE events SET at = now() - interval '10 s'`,
    ],
  ],
  ['a limit that is reached', [LIMIT(2, '1 hour'), GIVEN_OUT('10 min')]],
  ['a limit that was lowered below what is in use', [LIMIT(1, '5 min'), GIVEN_OUT('10 min')]],
  ['a slot given out while the limit was being lowered', [LIMIT(1, '10 min'), GIVEN_OUT('595 s')]],
  ['a platform without a stored limit', ['UPDATE bot_pool_platforms SET bot_limit = NULL']],
];

describe('a violation is reported', () => {
  it.each(BROKEN)('%s: %s', async (invariant, _how, statements) => {
    const found = await violationsAfter(...statements);
    expect([...new Set(found.map((it) => it.invariant))]).toEqual([invariant]);
    for (const { violation } of found) expect(violation).toMatch(/\w+ \w+/);
  });

  it('the cases above violate each invariant', () => {
    const named = [...statement.matchAll(/'(I\d)'/g)].map((match) => match[1]);
    expect([...new Set(BROKEN.map(([invariant]) => invariant))].sort()).toEqual([...new Set(named)].sort());
    expect(named).toContain('I9');
  });
});

describe('a sound database has no violations', () => {
  it.each(SOUND)('%s', async (_how, statements) => {
    expect(await violationsAfter(...statements)).toEqual([]);
  });

  it('findViolations returns none', async () => {
    expect(await findViolations(db)).toEqual([]);
    const stages = await database.query<{ status: string }>('SELECT status FROM bots ORDER BY status');
    expect(stages.map((bot) => bot.status)).toEqual(['SCHEDULED', 'QUEUED', 'DEPLOYING', 'IN_CALL', 'DONE']);
  });
});

describe('constraints refuse', () => {
  it.each([
    [
      'a second slot of one bot',
      `UPDATE bot_pool_slots SET state = 'busy', bot_id = ${BOT_IN('IN_CALL')} WHERE ${AN_IDLE_SLOT}`,
    ],
    ['a second claim of one attempt', `UPDATE deployments SET attempt = 1, bot_id = ${BOT_IN('IN_CALL')}`],
    ['the same account number twice', 'UPDATE events SET seq = 1'],
    ['the same bot number twice', 'UPDATE events SET bot_seq = 1'],
    ['an unknown role', `UPDATE "user" SET role = 'root'`],
  ])('%s', async (_what, sql) => {
    await expect(violationsAfter(sql)).rejects.toThrow(/violates (unique|check) constraint/);
  });
});
