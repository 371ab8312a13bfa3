// What a faulty runtime, or a stranger in its place, may send: each gets a defined answer, and no other bot is
// affected.

import { ReadableStream } from 'node:stream/web';
import { claimToken, sessionToken } from '@meeboter/chassis/tokens.ts';
import { type ClaimAnswer, claimAnswerSchema, type ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../e2e/support/eventually.ts';
import { platformDouble } from '../../e2e/support/platform-double.ts';
import { startWorld, type World } from '../../e2e/support/world.ts';
import { ENTRIES_AT_MOST } from './report-limits.ts';

const AT = '2026-11-25T12:00:00Z';

interface Answer {
  status: number;
  body: { code?: string; acknowledged_seq?: number; errors?: { pointer: string }[] };
}
/** A bot for which the test acts as the runtime. */
interface Held {
  botId: string;
  deploymentId: string;
  token: string;
  claim: ClaimAnswer;
}

let world: World;
let secret: string;
beforeAll(async () => {
  world = await startWorld({
    platforms: { aws: platformDouble() },
    env: { PLATFORM_PRIORITY: 'aws', AWS_BOT_LIMIT: '50' },
  });
  secret = world.settings.MEEBOTER_SECRET;
});
afterAll(() => world.close());

async function post(path: string, token: string, body: unknown): Promise<Answer> {
  const answer = await world.call<Answer['body']>('POST', `/runtime/v1/${path}`, body, {
    authorization: `Bearer ${token}`,
  });
  return { status: answer.status, body: answer.body };
}

const deploymentOf = (botId: string, attempt: number) =>
  eventually(`attempt ${attempt} of ${botId}`, async () => {
    const rows = await world.database.query<{ id: string }>(
      'SELECT id FROM deployments WHERE bot_id = $1 AND attempt = $2',
      [botId, attempt],
    );
    return rows[0]?.id;
  });

async function claimed(botId: string, attempt = 1): Promise<Held> {
  const deploymentId = await deploymentOf(botId, attempt);
  const body = { runtime_id: `run_of_${deploymentId}`, version: 'test' };
  const claim = claimAnswerSchema.parse((await post('claim', claimToken(secret, deploymentId), body)).body);
  return { botId, deploymentId, token: claim.session_token, claim };
}
const hold = async () =>
  claimed((await world.book({ meeting_url: 'https://meet.google.com/abc-defg-hij' })).id);

const heartbeat = ({ claim }: Held, seq: number, entries: unknown[] = []) => ({
  attempt: claim.attempt,
  epoch: claim.epoch,
  report_seq: seq,
  entries,
});
const report = (held: Held, seq: number, entries: unknown[] = []) =>
  post('report', held.token, heartbeat(held, seq, entries));
const participant = (name: string): ReportEntry => ({
  ...{ kind: 'participant', at: AT, external_id: name, name, change: 'joined' },
});
const names = async ({ botId }: Held) =>
  (
    await world.database.query<{ name: string }>(
      'SELECT name FROM participants WHERE bot_id = $1 ORDER BY name',
      [botId],
    )
  ).map((row) => row.name);
/** What is stored about a bot, to check that nothing has changed. */
const stored = ({ botId }: Held) =>
  world.database.query(
    `SELECT b.status, b.sub_code, b.attempt, d.last_report_seq, (SELECT count(*) FROM events e WHERE e.bot_id = b.id) AS events,
       (SELECT count(*) FROM participants p WHERE p.bot_id = b.id) AS participants
     FROM bots b JOIN deployments d ON d.bot_id = b.id WHERE b.id = $1 ORDER BY d.attempt`,
    [botId],
  );

describe('a stolen or forged token', () => {
  it('is refused, and changes nothing', async () => {
    const mine = await hold();
    const theirs = await hold();
    const before = [await stored(mine), await stored(theirs)];
    const [kind, , runtime, signature] = theirs.token.split('.');
    const tokens = [
      [kind, mine.deploymentId, runtime, signature].join('.'),
      [kind, theirs.deploymentId, Buffer.from('run_stranger').toString('base64url'), signature].join('.'),
      claimToken(secret, theirs.deploymentId),
      sessionToken('another secret of the same length as ours', theirs.deploymentId, 'run_x'),
      `${theirs.token}.x`,
      theirs.token.replace('mbs.', 'mbc.'),
    ];
    for (const token of tokens) {
      for (const path of ['report', 'uploads']) {
        expect(await post(path, token, heartbeat(theirs, 1))).toMatchObject({ status: 401 });
      }
    }
    expect(await post('claim', theirs.token, { runtime_id: 'run_stranger', version: 'x' })).toMatchObject({
      status: 401,
    });
    // Signed with our secret, but for a runtime that never claimed.
    const forged = sessionToken(secret, theirs.deploymentId, 'run_stranger');
    expect(await post('report', forged, heartbeat(theirs, 1))).toMatchObject({
      status: 409,
      body: { code: 'fenced' },
    });
    expect(
      await post('claim', claimToken(secret, theirs.deploymentId), {
        runtime_id: 'run_stranger',
        version: 'x',
      }),
    ).toMatchObject({ status: 409 });
    expect([await stored(mine), await stored(theirs)]).toEqual(before);
  });

  it('of an earlier attempt is fenced off, whatever attempt and epoch the report names', async () => {
    const first = await hold();
    const gaveUp = { kind: 'status', at: AT, status: 'FATAL', sub_code: 'browser_failed' };
    expect(await report(first, 1, [gaveUp])).toMatchObject({ status: 200 });
    const second = await claimed(first.botId, 2);
    const before = await stored(second);
    for (const of of [first, second]) {
      const answer = await post('report', first.token, heartbeat(of, 2, [participant('Ghost')]));
      expect(answer).toMatchObject({ status: 409, body: { code: 'fenced' } });
    }
    for (const wrong of [
      { epoch: first.claim.epoch, attempt: 9 },
      { epoch: '999', attempt: 2 },
      { epoch: '0', attempt: 2 },
    ]) {
      const answer = await post('report', second.token, {
        ...heartbeat(second, 1, [participant('Ghost')]),
        ...wrong,
      });
      expect(answer).toMatchObject({ status: 409, body: { code: 'fenced' } });
    }
    expect(await stored(second)).toEqual(before);
    expect(await report(second, 1)).toMatchObject({ status: 200 });
  });
});

describe('a report that names rows of another bot', () => {
  it('does not change them', async () => {
    const [mine, theirs] = [await hold(), await hold()];
    const open = {
      kind: 'recording_parts',
      content_type: 'video/mp4',
      started_at: AT,
      from_part: 1,
      count: 1,
    };
    const recording = (await post('uploads', theirs.token, open)).body as { recording_id?: string };
    const file = { kind: 'file', purpose: 'screenshot', content_type: 'image/png', bytes: 9, label: 'x' };
    const upload = (await post('uploads', theirs.token, file)).body as { upload_id?: string };
    const part = {
      kind: 'part_uploaded',
      at: AT,
      recording_id: recording.recording_id,
      part_number: 1,
      etag: 'e',
      bytes: 1,
      media_ms: 1,
    };
    const evidence = { kind: 'evidence', at: AT, upload_id: upload.upload_id, label: 'x' };
    // Accepted for its other entries; these two are ignored, because they name rows of the other bot.
    expect(await report(mine, 1, [part, evidence, participant('Ada')])).toMatchObject({ status: 200 });
    expect(await names(mine)).toEqual(['Ada']);
    const parts = [{ part_number: 1, etag: 'e', bytes: 1 }];
    const complete = { kind: 'recording_complete', recording_id: recording.recording_id, media_ms: 1, parts };
    expect(await post('uploads', mine.token, complete)).toMatchObject({ status: 404 });
    expect(await world.database.query('SELECT * FROM recording_parts')).toEqual([]);
    expect(await world.database.query('SELECT status FROM recordings')).toEqual([{ status: 'recording' }]);
    expect(await world.database.query('SELECT uploaded_at FROM screenshots')).toEqual([
      { uploaded_at: null },
    ]);
  });
});

describe('reports out of order', () => {
  it('are acknowledged, and each number is applied at most once', async () => {
    const held = await hold();
    for (const [seq, name] of [
      [3, 'A'],
      [3, 'B'],
      [1, 'C'],
      [2, 'D'],
      [4, 'E'],
      [4, 'F'],
    ] as const) {
      const answer = await report(held, seq, [participant(name)]);
      expect(answer).toMatchObject({ status: 200, body: { acknowledged_seq: seq } });
    }
    expect(await names(held)).toEqual(['A', 'E']);
  });
});

describe('characters that cannot be stored', () => {
  it('are replaced, and the report is accepted', async () => {
    const held = await hold();
    const bad = 'a\u0000b\ud800';
    const good = 'a\ufffdb\ufffd';
    const entries = [
      participant(bad),
      { kind: 'log', at: AT, level: 'info', message: bad },
      { kind: 'evidence', at: AT, upload_id: bad, label: bad },
      { kind: 'part_uploaded', at: AT, recording_id: bad, part_number: 1, etag: bad, bytes: 1, media_ms: 1 },
      { kind: 'speaker_turn', external_id: bad, started_at: AT, ended_at: AT },
      {
        kind: 'status',
        at: AT,
        status: 'IN_WAITING_ROOM',
        sub_code: 'knocked',
        detail: bad,
        facts: { [bad]: bad, n: 1 },
      },
    ];
    expect(await report(held, 1, entries)).toMatchObject({ status: 200 });
    expect(await names(held)).toEqual([good]);
    const [event] = await world.database.query<{ payload: object }>(
      `SELECT payload FROM events WHERE bot_id = $1 AND payload ->> 'to' = 'IN_WAITING_ROOM'`,
      [held.botId],
    );
    expect(event?.payload).toMatchObject({ detail: good, facts: { [good]: good, n: 1 } });
    expect(await world.bot(held.botId)).toMatchObject({ status: 'IN_WAITING_ROOM', detail: good });
    const gaveUp = { kind: 'status', at: AT, status: 'FATAL', sub_code: 'browser_failed', detail: bad };
    expect(await report(held, 2, [gaveUp])).toMatchObject({ status: 200 });
    const file = { kind: 'file', purpose: 'log', content_type: 'text/plain', bytes: 1, label: bad };
    const other = await hold();
    expect(await post('uploads', other.token, file)).toMatchObject({ status: 200 });
    const id = { runtime_id: `run_${bad}_x`, version: bad };
    const bot = await world.book({ meeting_url: 'https://meet.google.com/abc-defg-hij' });
    const deployment = await deploymentOf(bot.id, 1);
    const claim = claimAnswerSchema.parse((await post('claim', claimToken(secret, deployment), id)).body);
    const again = { botId: bot.id, deploymentId: deployment, token: claim.session_token, claim };
    expect(await report(again, 1)).toMatchObject({ status: 200 });
  });
});

describe('more than a runtime may report', () => {
  it('is refused with a 4xx and logged, while heartbeats and changes of status are accepted', async () => {
    const held = await hold();
    const status = (n: number) => ({
      ...{ kind: 'status', at: AT, status: 'IN_CALL', sub_code: 'admitted' },
      facts: Object.fromEntries(Array.from({ length: n }, (_, index) => [`fact_${index}`, index])),
    });
    const turn = (started_at: string, ended_at: string) => ({
      ...{ kind: 'speaker_turn', external_id: 'p', started_at, ended_at },
    });
    for (const entry of [
      status(60_000),
      status(51),
      turn('2026-11-25T12:00:01Z', '2026-11-25T12:00:00Z'),
      turn(AT, '9999-12-31T23:59:59Z'),
      { ...participant('x'), at: '9999-12-31T23:59:59Z' },
    ]) {
      expect((await report(held, 1, [entry])).status).toBe(422);
    }
    expect(await report(held, 1, [status(50)])).toMatchObject({ status: 200 });

    await world.database.query('UPDATE deployments SET entries_taken = $2 WHERE id = $1', [
      held.deploymentId,
      ENTRIES_AT_MOST,
    ]);
    expect(await report(held, 2, [participant('Too many')])).toMatchObject({
      status: 422,
      body: { code: 'runtime_limit_reached' },
    });
    for (const seq of [2, 2]) expect((await report(held, seq, [turn(AT, AT)])).status).toBe(422);
    const stored = await world.database.query('SELECT 1 FROM speaker_turns WHERE bot_id = $1', [held.botId]);
    expect(stored).toEqual([]);
    expect(await names(held)).toEqual([]);
    expect(world.logs()).toContain('runtime exceeded its limit of entries');
    expect(await report(held, 2)).toMatchObject({ status: 200 });
    for (const [n, to] of ['LEAVING', 'DONE'].entries()) {
      const entry = { kind: 'status', at: AT, status: to, sub_code: 'finished' };
      expect(await report(held, 3 + n, [entry])).toMatchObject({ status: 200 });
    }
    expect(await world.bot(held.botId)).toMatchObject({ status: 'DONE' });
  });
});

describe('a report with many entries', () => {
  it('keeps the order of its events, and of a participant who joins and leaves repeatedly', async () => {
    const held = await hold();
    const who = (name: string, change: string, second: number) => ({
      ...{ kind: 'participant', external_id: 'p', name, change, at: `2026-11-25T12:00:0${second}Z` },
    });
    const status = (to: string, sub_code: string) => ({ kind: 'status', at: AT, status: to, sub_code });
    const entries = [
      status('IN_CALL', 'admitted'),
      who('Ada', 'joined', 1),
      { kind: 'recording_state', at: AT, state: 'recording' },
      who('Ada', 'left', 2),
      who('Ada L', 'joined', 3),
      who('Ada Lovelace', 'updated', 4),
      { kind: 'recording_state', at: AT, state: 'stopped' },
      status('LEAVING', 'everyone_left'),
    ];
    expect(await report(held, 1, entries)).toMatchObject({ status: 200 });
    const events = await world.database.query<{ type: string; name: string | null; to: string | null }>(
      `SELECT type, payload ->> 'name' AS name, payload ->> 'to' AS to FROM events
       WHERE bot_id = $1 AND bot_seq > 4 ORDER BY bot_seq`,
      [held.botId],
    );
    expect(events.map(({ type, name, to }) => [type, name ?? to])).toEqual([
      ['bot.status_changed', 'IN_CALL'],
      ['participant.joined', 'Ada'],
      ['bot.recording_started', null],
      ['participant.left', 'Ada'],
      ['participant.joined', 'Ada L'],
      ['participant.updated', 'Ada Lovelace'],
      ['bot.recording_stopped', null],
      ['bot.status_changed', 'LEAVING'],
    ]);
    const stays = await world.database.query<{ name: string; gone: boolean }>(
      `SELECT name, left_at IS NOT NULL AS gone FROM participants WHERE bot_id = $1 ORDER BY joined_at`,
      [held.botId],
    );
    expect(stays[0]).toEqual({ name: 'Ada', gone: true });
    expect(stays[1]).toMatchObject({ name: 'Ada Lovelace' });
  });
});

describe('a malformed body', () => {
  it('is refused with a 4xx and stores nothing, and the next report is accepted', async () => {
    const held = await hold();
    const before = await stored(held);
    const json = (change: Record<string, unknown>) => JSON.stringify({ ...heartbeat(held, 1), ...change });
    const raw = (entry: string) => json({ entries: ['X'] }).replace('"X"', entry);
    const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const bodies = [
      ...['abc', '', '1.5', '-1', '0x10', ' 1 ', '9'.repeat(30), 1, null].map((epoch) => json({ epoch })),
      ...[0, -1, 1.5, 2 ** 31, 2 ** 53, '1', null].map((attempt) => json({ attempt })),
      ...[0, -1, 1.5, 2 ** 31, 2 ** 60, '1'].map((report_seq) => json({ report_seq })),
      json({}).replace('"report_seq":1', '"report_seq":1e400'),
      raw(
        `{"kind":"part_uploaded","at":"${AT}","recording_id":"r","part_number":1,"etag":"e","bytes":1e400,"media_ms":1}`,
      ),
      raw(
        `{"kind":"part_uploaded","at":"${AT}","recording_id":"r","part_number":1,"etag":"e","bytes":1,"media_ms":3000000000}`,
      ),
      raw(`{"kind":"phase","at":"0000-01-01T00:00:00Z","phase":"knocked"}`),
      raw(`{"kind":"phase","at":"2026-02-30T00:00:00Z","phase":"knocked"}`),
      raw(`{"kind":"status","at":"${AT}","status":"IN_CALL","sub_code":"admitted","facts":{"n":1e400}}`),
      raw(`{"kind":"status","at":"${AT}","status":"IN_CALL","sub_code":"admitted","facts":{"n":${deep(9)}}}`),
      raw('{"kind":"__proto__"}'),
      raw(deep(500_000)),
      json({ entries: Array.from({ length: 100_000 }, () => ({})) }),
      json({ entries: Array.from({ length: 201 }, () => participant('x')) }),
      json({ entries: {} }),
      deep(900_000),
      'null',
      '{"attempt": 1',
    ];
    for (const body of bodies) {
      const answer = await post('report', held.token, body);
      expect([400, 422], body.slice(0, 200)).toContain(answer.status);
      expect(JSON.stringify(answer.body).length).toBeLessThan(20_000);
    }
    expect(await stored(held)).toEqual(before);
    expect(await report(held, 1)).toMatchObject({ status: 200 });
  });

  it.each(['with its length', 'in chunks'])(
    'of 10 MB %s is refused as too large, and the next report is accepted',
    async (how) => {
      const held = await hold();
      const chunks = Array.from({ length: 10 }, () => Buffer.alloc(1024 * 1024, 'x'));
      for (let n = 1; n <= 5; n += 1) {
        const response = await fetch(`${world.apiUrl}/runtime/v1/report`, {
          method: 'POST',
          headers: { authorization: `Bearer ${held.token}`, 'content-type': 'application/json' },
          body: (how === 'in chunks'
            ? ReadableStream.from(chunks)
            : Buffer.concat(chunks)) as unknown as BodyInit,
          ...{ duplex: 'half' },
        });
        expect([response.status, ((await response.json()) as Answer['body']).code]).toEqual([
          413,
          'body_too_large',
        ]);
        expect(await report(held, n)).toMatchObject({ status: 200 });
      }
      const many = Array.from({ length: 100_000 }, () => participant('x'));
      expect(await report(held, 9, many)).toMatchObject({ status: 413 });
      expect(await names(held)).toEqual([]);
    },
  );
});
