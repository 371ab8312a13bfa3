// What a runtime is told about the stay in the call, what it says about it, and who else of ours is there.
import { claimToken } from '@meeboter/chassis/tokens.ts';
import {
  type ClaimAnswer,
  claimAnswerSchema,
  type ReportAnswer,
  type ReportEntry,
  reportAnswerSchema,
} from '@meeboter/domain/bot-protocol.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../e2e/support/eventually.ts';
import { platformDouble } from '../../e2e/support/platform-double.ts';
import { startWorld, type World } from '../../e2e/support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    platforms: { aws: platformDouble() },
    env: { PLATFORM_PRIORITY: 'aws', AWS_BOT_LIMIT: '200', NOTE_TAKER_NAMES: 'Acme Notes, tl;dv' },
  });
});
afterAll(() => world.close());

/** A bot for which the test acts as the runtime. */
interface Held {
  botId: string;
  claim: ClaimAnswer;
  report(...entries: ReportEntry[]): Promise<ReportAnswer>;
}

/** Books a bot, of another account with `apiKey`, and claims it. */
async function hold(booking: Record<string, unknown> = {}, apiKey = world.apiKey): Promise<Held> {
  const as = (token: string) => ({ authorization: `Bearer ${token}` });
  const booked = await world.call<{ id: string }>(
    'POST',
    '/v1/bots',
    { meeting_url: 'https://meet.google.com/abc-defg-hij', ...booking },
    as(apiKey),
  );
  expect(booked.status).toBe(201);
  const botId = booked.body.id;
  const deploymentId = await eventually(`a deployment of ${botId}`, async () => {
    const rows = await world.database.query<{ id: string }>('SELECT id FROM deployments WHERE bot_id = $1', [
      botId,
    ]);
    return rows[0]?.id;
  });
  const token = claimToken(world.settings.MEEBOTER_SECRET, deploymentId);
  const body = { runtime_id: `run_of_${deploymentId}`, version: 'test' };
  const claim = claimAnswerSchema.parse(
    (await world.call('POST', '/runtime/v1/claim', body, as(token))).body,
  );
  const { attempt, epoch } = claim;
  let report_seq = 0;
  return {
    ...{ botId, claim },
    async report(...entries) {
      report_seq += 1;
      const report = { attempt, epoch, report_seq, entries };
      const answer = await world.call('POST', '/runtime/v1/report', report, as(claim.session_token));
      expect(answer.status).toBe(200);
      return reportAnswerSchema.parse(answer.body);
    },
  };
}

const at = (second: number) => new Date(Date.now() - 60_000 + second * 1_000).toISOString();
const status = (
  to: 'IN_WAITING_ROOM' | 'IN_CALL' | 'LEAVING' | 'DONE' | 'FATAL',
  sub_code: string,
  facts?: Record<string, string | number>,
): ReportEntry => ({ kind: 'status', at: at(50), status: to, sub_code, ...(facts && { facts }) });
const admitted = status('IN_CALL', 'admitted');
const eventsOf = async ({ botId }: Held) =>
  (
    await world.call<{
      data: { type: string; sub_code: string | null; payload: Record<string, unknown> }[];
    }>('GET', `/v1/bots/${botId}/events?limit=200`)
  ).body.data;

describe('a claim', () => {
  it('tells the end, the note takers of the installation and of the booking, and the line for the chat', async () => {
    const end_at = new Date(Date.now() + 3_600_000).toISOString();
    const { claim } = await hold({
      end_at,
      note_takers: ['Scribe', 'tl;dv'],
      entry_message: 'This call is recorded.',
      automatic_leave: { silence_grace_seconds: 5, needs_action_after_seconds: 7 },
    });
    expect(claim).toMatchObject({
      end_at,
      note_takers: ['Acme Notes', 'tl;dv', 'Scribe'],
      entry_message: 'This call is recorded.',
      leave_rules: { silence_grace_seconds: 5, needs_action_after_seconds: 7, silence_timeout_seconds: 1800 },
    });
  });

  it('tells what is not booked as null', async () => {
    const { claim } = await hold();
    expect(claim).toMatchObject({ end_at: null, entry_message: null, note_takers: ['Acme Notes', 'tl;dv'] });
  });
});

it('an edit after the claim takes the bot from the runtime that was told something else', async () => {
  const held = await hold({ join_at: new Date(Date.now() + 500).toISOString() });
  const edit = { end_at: new Date(Date.now() + 3_600_000).toISOString() };
  const edited = await world.call<{ end_at: string }>('PATCH', `/v1/bots/${held.botId}`, edit);
  expect([edited.status, edited.body.end_at]).toEqual([200, edit.end_at]);
  const rows = await world.database.query<{ fail_sub_code: string }>(
    'SELECT fail_sub_code FROM deployments WHERE bot_id = $1 AND attempt = $2',
    [held.botId, held.claim.attempt],
  );
  expect(rows).toEqual([{ fail_sub_code: 'rescheduled' }]);
});

describe('notices', () => {
  it('become events, in order, with what the runtime said', async () => {
    const held = await hold();
    const remedy = 'Ask the host to admit "Meeboter".';
    const facts = { waited_seconds: 60, meeting_platform: 'google-meet', remedy };
    await held.report(
      status('IN_WAITING_ROOM', 'knocked'),
      ...(['needs_action', 'action_settled'] as const).map(
        (notice): ReportEntry => ({
          ...{ kind: 'notice', at: at(51), notice, sub_code: 'waiting_for_admission', facts },
        }),
      ),
      admitted,
      { kind: 'notice', at: at(52), notice: 'warning', sub_code: 'no_speaker_signal', detail: 'No sign.' },
    );
    const reported = { actor: 'runtime', reported_at: expect.any(String) };
    expect(
      (await eventsOf(held)).slice(4).map(({ type, sub_code, payload }) => [type, sub_code, payload]),
    ).toEqual([
      ['bot.status_changed', 'knocked', expect.anything()],
      ['bot.needs_action', 'waiting_for_admission', { ...reported, facts }],
      ['bot.action_settled', 'waiting_for_admission', { ...reported, facts }],
      ['bot.status_changed', 'admitted', expect.anything()],
      ['bot.warning', 'no_speaker_signal', { ...reported, detail: 'No sign.' }],
    ]);
    expect(await world.bot(held.botId)).toMatchObject({
      status: 'IN_CALL',
      sub_code: 'admitted',
      detail: null,
    });
  });

  it('of an unknown kind are refused', async () => {
    const { claim } = await hold();
    const entry = { kind: 'notice', at: at(0), notice: 'gossip', sub_code: 'x' };
    const report = { attempt: claim.attempt, epoch: claim.epoch, report_seq: 1, entries: [entry] };
    const token = { authorization: `Bearer ${claim.session_token}` };
    expect((await world.call('POST', '/runtime/v1/report', report, token)).status).toBe(422);
  });
});

describe('the other bots in the same call', () => {
  let meeting = 0;
  let meeting_url: string;
  beforeEach(() => {
    meeting += 1;
    meeting_url = `https://meet.google.com/abc-defg-hi${'abcdefghij'[meeting]}`;
  });

  it('are named to each, of whatever account, for as long as they are there', async () => {
    const mine = await hold({ meeting_url, display_name: 'Mine' });
    const theirs = await hold(
      { meeting_url: `${meeting_url}?authuser=1`, display_name: 'Theirs' },
      await world.adminKey(),
    );
    const waiting = await hold({ meeting_url, display_name: 'Waiting' });
    const elsewhere = await hold({
      meeting_url: 'https://meet.google.com/zzz-zzzz-zzz',
      display_name: 'Elsewhere',
    });
    await elsewhere.report(admitted);
    await waiting.report(status('IN_WAITING_ROOM', 'knocked'));
    expect((await mine.report(admitted)).bots_here).toEqual([]);
    expect((await theirs.report(admitted)).bots_here).toEqual(['Mine']);
    expect((await mine.report()).bots_here).toEqual(['Theirs']);
    expect((await waiting.report()).bots_here).toEqual([]);
    expect((await elsewhere.report()).bots_here).toEqual([]);

    await waiting.report(admitted);
    expect((await mine.report()).bots_here.toSorted()).toEqual(['Theirs', 'Waiting']);
    await theirs.report(status('LEAVING', 'only_bots', { rule: 'only_bots_timeout_seconds' }));
    expect((await mine.report()).bots_here).toEqual(['Waiting']);
    expect((await theirs.report()).bots_here).toEqual([]);
  });

  it('are named with every kind of report', async () => {
    const [one, other] = [await hold({ meeting_url }), await hold({ meeting_url, display_name: 'Other' })];
    await other.report(admitted);
    await one.report(admitted);
    const reports: ReportEntry[] = [
      { kind: 'log', at: at(1), level: 'info', message: 'x' },
      { kind: 'phase', at: at(1), phase: 'first_media' },
      { kind: 'speaker_turn', external_id: 'p', started_at: at(1), ended_at: at(2) },
      { kind: 'participant', at: at(1), external_id: 'p', name: 'P', change: 'joined' },
    ];
    for (const entry of reports) expect((await one.report(entry)).bots_here).toEqual(['Other']);
  });

  it('are at most fifty names', async () => {
    const held = await hold({ meeting_url, display_name: 'One' });
    await held.report(admitted);
    await world.database.query(
      `INSERT INTO bots (id, user_id, status, sub_code, display_name, meeting_platform, meeting_url, join_url,
         meeting_key, leave_rules, join_at, start_at, order_key, queue_timeout_ms)
       SELECT 'bot_many_' || n, user_id, 'SCHEDULED', 'x', 'Many ' || n, meeting_platform, meeting_url, join_url,
         meeting_key, leave_rules, now() + interval '1 day', now() + interval '1 day', now(), 1000
       FROM bots, generate_series(1, 60) n WHERE id = $1`,
      [held.botId],
    );
    await world.database.query(
      `BEGIN; SET LOCAL session_replication_role = replica;
       UPDATE bots SET status = 'IN_CALL' WHERE id LIKE 'bot_many_%'; COMMIT`,
    );
    const { bots_here } = await held.report();
    await world.database.query(
      `BEGIN; SET LOCAL session_replication_role = replica; DELETE FROM bots WHERE id LIKE 'bot_many_%'; COMMIT`,
    );
    expect(new Set(bots_here).size).toBe(50);
    expect(bots_here.every((name) => /^Many \d+$/.test(name))).toBe(true);
  });
});

it('what is said before its speaker has a name counts for the speaker, and a stay ends with the bot’s', async () => {
  const held = await hold();
  await held.report(admitted);
  const turn = (from: number, to: number): ReportEntry => ({
    ...{ kind: 'speaker_turn', external_id: 'p1', started_at: at(from), ended_at: at(to) },
  });
  await held.report(turn(1, 4));
  const who = async () =>
    (
      await world.call<{
        data: { name: string; left_at: string | null; left_reason: string | null; spoke_seconds: number }[];
      }>('GET', `/v1/bots/${held.botId}/participants`)
    ).body.data;
  expect(await who()).toEqual([]);
  await held.report(
    { kind: 'participant', at: at(9), external_id: 'p1', name: 'Ada', change: 'joined' },
    turn(10, 12),
  );
  expect(await who()).toMatchObject([{ name: 'Ada', left_at: null, spoke_seconds: 5 }]);
  const leaving = status('LEAVING', 'silence', { rule: 'silence_timeout_seconds', after_seconds: 1800 });
  await held.report(leaving);
  expect(await who()).toMatchObject([
    {
      name: 'Ada',
      left_at: leaving.kind === 'status' && leaving.at,
      left_reason: 'bot_left',
      spoke_seconds: 5,
    },
  ]);
  await held.report(status('DONE', 'finished', { rule: 'silence_timeout_seconds', after_seconds: 1800 }));
  const ended = (await eventsOf(held)).slice(-2);
  expect(ended.map(({ sub_code, payload }) => [sub_code, payload.to, payload.facts])).toEqual([
    ['silence', 'LEAVING', { rule: 'silence_timeout_seconds', after_seconds: 1800 }],
    ['finished', 'DONE', { rule: 'silence_timeout_seconds', after_seconds: 1800 }],
  ]);
  expect(await world.bot(held.botId)).toMatchObject({ status: 'DONE', end_reason: 'silence' });
});
