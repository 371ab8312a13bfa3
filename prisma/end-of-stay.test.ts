// However a bot's call ends: its recording is marked as stopped, every participant's stay is closed, and nobody is
// asked for anything any more.
import type { Actor } from '@meeboter/domain/events.ts';
import type { BotStatus } from '@meeboter/domain/status.ts';
import { expect, it } from 'vitest';
import { emptyPool, giveSlots } from '../e2e/support/empty-pool.ts';
import { insertBot } from '../e2e/support/rows.ts';
import { appendEvents } from './sql/append-events.ts';
import { keepStays } from './sql/keep-stays.ts';
import { queueBot } from './sql/queue-bot.ts';
import { transitionBot } from './sql/transition-bot.ts';

const pool = emptyPool();
const JOINED = '2026-11-26T12:00:00.000Z';
const LEFT = '2026-11-26T12:10:00.000Z';
const REPORTED = '2026-11-26T12:20:00.000Z';
const LAST_REPORT = '2026-11-26T12:30:00.000Z';

/** A bot in this status that is recording, with one participant who left and one who is there. Its last report was at `LAST_REPORT`. */
async function botIn(status: BotStatus): Promise<string> {
  const botId = await insertBot(pool.database);
  await giveSlots(pool.db, { count: 1 });
  await pool.db.$transaction(async (tx) => {
    await tx.$executeRaw`SET LOCAL session_replication_role = replica`;
    await tx.$executeRaw`UPDATE bots SET status = ${status}::bot_status, recording_state = 'recording'`;
    await tx.$executeRaw`UPDATE deployments SET state = 'claimed', last_report_at = ${LAST_REPORT}::timestamptz`;
    const person = (external_id: string) => ({ external_id, name: external_id });
    await keepStays(tx, botId, [
      { change: 'joined', ...person('gone'), at: JOINED },
      { change: 'joined', ...person('there'), at: JOINED },
    ]);
    await keepStays(tx, botId, [{ change: 'left', ...person('gone'), at: LEFT }]);
  });
  return botId;
}

const move = (botId: string, to: BotStatus, actor: Actor, reportedAt?: string) =>
  pool.db.$transaction((tx) =>
    transitionBot(tx, botId, to, {
      subCode: 'x',
      actor,
      ...(reportedAt === undefined ? {} : { reportedAt }),
    }),
  );
const stays = async (botId: string) =>
  (await pool.db.participant.findMany({ where: { botId }, orderBy: { externalId: 'asc' } })).map((stay) => [
    stay.externalId,
    stay.leftAt?.toISOString() ?? null,
    stay.closedBy,
  ]);
const stopped = async (botId: string) =>
  (await pool.db.event.findMany({ where: { botId, type: 'bot.recording_stopped' } })).length;
const stateOf = async (botId: string) =>
  (await pool.db.bot.findUniqueOrThrow({ where: { id: botId } })).recordingState;

const GONE = ['gone', LEFT, null];

it.each([
  ['killed', 'IN_CALL', 'FATAL', 'deployer'],
  ['stopped by the server', 'IN_CALL', 'FATAL', 'scheduler'],
  ['killed while it leaves', 'LEAVING', 'FATAL', 'deployer'],
  ['cancelled', 'IN_WAITING_ROOM', 'CANCELLED', 'user'],
  ['moved to another time', 'JOINING_CALL', 'SCHEDULED', 'deployer'],
] as const)('%s: from %s to %s', async (_what, from, to, actor) => {
  const botId = await botIn(from);
  expect(await move(botId, to, actor)).toMatchObject({ from, to });
  expect(await stays(botId)).toEqual([GONE, ['there', LAST_REPORT, 'bot_lost']]);
  expect([await stateOf(botId), await stopped(botId)]).toEqual(['stopped', 1]);
});

it('lost before admission and queued again', async () => {
  const botId = await botIn('IN_WAITING_ROOM');
  const from = ['IN_WAITING_ROOM'] as const;
  await pool.db.$transaction((tx) =>
    queueBot(tx, botId, { from, subCode: 'runtime_lost', actor: 'deployer', afresh: true }),
  );
  expect(await stays(botId)).toEqual([GONE, ['there', LAST_REPORT, 'bot_lost']]);
});

it('left in order: stays end at the reported time, and the runtime itself reports when recording stopped', async () => {
  const botId = await botIn('IN_CALL');
  await move(botId, 'LEAVING', 'runtime', REPORTED);
  expect(await stays(botId)).toEqual([GONE, ['there', REPORTED, 'bot_left']]);
  expect([await stateOf(botId), await stopped(botId)]).toEqual(['recording', 0]);
  await pool.database.query(`UPDATE bots SET recording_state = 'stopped'`);
  await move(botId, 'DONE', 'runtime', LAST_REPORT);
  expect(await stays(botId)).toEqual([GONE, ['there', REPORTED, 'bot_left']]);
  expect([await stateOf(botId), await stopped(botId)]).toEqual(['stopped', 0]);
});

it('a stay never ends before it began, or in the future', async () => {
  const botId = await botIn('IN_CALL');
  await move(botId, 'LEAVING', 'runtime', '2020-01-01T00:00:00Z');
  expect((await stays(botId))[1]).toEqual(['there', JOINED, 'bot_left']);
  const other = await botIn('IN_CALL');
  await move(other, 'LEAVING', 'runtime', '9999-01-01T00:00:00Z');
  const leftAt = String((await stays(other))[1]?.[1]);
  expect(Date.parse(leftAt)).toBeLessThan(Date.now() + 60_000);
});

/** What the bot asked for, and what was settled, in order. */
const actions = async (botId: string) =>
  (
    await pool.db.event.findMany({
      where: { botId, type: { in: ['bot.needs_action', 'bot.action_settled'] } },
      orderBy: { botSeq: 'asc' },
    })
  ).map(({ type, subCode }) => `${type} ${subCode}`);
const notices = (botId: string, ...told: ['bot.needs_action' | 'bot.action_settled', string][]) =>
  pool.db.$transaction((tx) =>
    appendEvents(
      tx,
      botId,
      told.map(([type, subCode]) => ({ type, subCode, payload: { actor: 'runtime' } })),
    ),
  );

it.each([
  ['killed', 'FATAL', 'deployer'],
  ['cancelled', 'CANCELLED', 'user'],
  ['turned away', 'FATAL', 'runtime'],
] as const)('%s in the waiting room: what it asked for is settled, once', async (_what, to, actor) => {
  const botId = await botIn('IN_WAITING_ROOM');
  await notices(
    botId,
    ['bot.needs_action', 'waiting_for_host'],
    ['bot.action_settled', 'waiting_for_host'],
    ['bot.needs_action', 'waiting_for_admission'],
  );
  await move(botId, to, actor);
  expect((await actions(botId)).slice(3)).toEqual(['bot.action_settled waiting_for_admission']);
});

it('admitted: its runtime itself tells that it was', async () => {
  const botId = await botIn('IN_WAITING_ROOM');
  await notices(botId, ['bot.needs_action', 'waiting_for_admission']);
  await move(botId, 'IN_CALL', 'runtime');
  expect(await actions(botId)).toHaveLength(1);
  await notices(botId, ['bot.action_settled', 'waiting_for_admission']);
  await move(botId, 'LEAVING', 'runtime', REPORTED);
  await move(botId, 'DONE', 'runtime', REPORTED);
  expect(await actions(botId)).toHaveLength(2);
});
