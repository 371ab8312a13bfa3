// A runtime says that its recording is complete, to stores of every kind: it is told "done" within seconds,
// whatever the store says, and the recording ends without it.
import { createHash } from 'node:crypto';
import { claimToken } from '@meeboter/chassis/tokens.ts';
import { type ClaimAnswer, claimAnswerSchema, type UploadAnswer } from '@meeboter/domain/bot-protocol.ts';
import { requestFinishRecordings } from '@meeboter/scheduler/inbox.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OtherStore, startOtherStore } from '../../chassis/testing/other-store.ts';
import { eventually } from '../../e2e/support/eventually.ts';
import { platformDouble } from '../../e2e/support/platform-double.ts';
import { startWorld, type World } from '../../e2e/support/world.ts';
import { EVIDENCE_AT_MOST } from './report-limits.ts';

const AT = '2026-11-25T12:00:00Z';
const FULL = 5 * 1024 * 1024;

let store: OtherStore;
let world: World;
beforeAll(async () => {
  store = await startOtherStore();
  world = await startWorld({
    platforms: { aws: platformDouble() },
    env: { PLATFORM_PRIORITY: 'aws', AWS_BOT_LIMIT: '50', S3_ENDPOINT: store.endpoint },
  });
});
afterAll(async () => {
  await world.close();
  await store.stop();
});
beforeEach(() => {
  store.fault = () => null;
  store.missing = [];
});

interface Said {
  part_number: number;
  etag: string;
  bytes: number;
}

/** The runtime of a bot in its call, whose recording has begun. */
async function recordingBot() {
  const { id } = await world.book({ meeting_url: 'https://meet.google.com/abc-defg-hij' });
  const deploymentId = await eventually('a deployment', async () => {
    const rows = await world.database.query<{ id: string }>('SELECT id FROM deployments WHERE bot_id = $1', [
      id,
    ]);
    return rows[0]?.id;
  });
  const post = async <T>(path: string, token: string, body: unknown) => {
    const answer = await world.call<T>('POST', `/runtime/v1/${path}`, body, {
      authorization: `Bearer ${token}`,
    });
    return answer;
  };
  const claim: ClaimAnswer = claimAnswerSchema.parse(
    (
      await post('claim', claimToken(world.settings.MEEBOTER_SECRET, deploymentId), {
        runtime_id: `run_of_${deploymentId}`,
        version: 'test',
      })
    ).body,
  );
  let seq = 0;
  const report = (...entries: unknown[]) => {
    seq += 1;
    const { attempt, epoch } = claim;
    return post('report', claim.session_token, { attempt, epoch, report_seq: seq, entries });
  };
  const status = (to: string, sub_code: string) => ({ kind: 'status', at: AT, status: to, sub_code });
  await report(status('IN_CALL', 'admitted'));
  const opened = await post<Extract<UploadAnswer, { kind: 'recording_parts' }>>(
    'uploads',
    claim.session_token,
    { kind: 'recording_parts', content_type: 'video/mp4', started_at: AT, from_part: 1, count: 9 },
  );
  const { recording_id, parts: urls } = opened.body;

  return {
    id,
    report,
    upload: (body: unknown) => post('uploads', claim.session_token, body),
    async put(partNumber: number, bytes: number): Promise<Said> {
      const body = Buffer.alloc(bytes, partNumber);
      const url = urls.find(({ part_number }) => part_number === partNumber)?.url ?? '';
      const response = await fetch(url, { method: 'PUT', body });
      expect(response.status).toBe(200);
      return { part_number: partNumber, etag: `"${createHash('md5').update(body).digest('hex')}"`, bytes };
    },
    reportPart: (part: Said, media_ms: number) =>
      report({ kind: 'part_uploaded', at: AT, recording_id, media_ms, ...part }),
    complete: (parts: readonly Said[], media_ms = 90_000) =>
      post('uploads', claim.session_token, { kind: 'recording_complete', recording_id, media_ms, parts }),
    leave: () => report(status('LEAVING', 'everyone_left')),
    done: () => report(status('DONE', 'finished')),
    async view() {
      const { body } = await world.call<{ data: Record<string, unknown>[] }>(
        'GET',
        `/v1/bots/${id}/recordings`,
      );
      return body.data[0] ?? {};
    },
  };
}

type Bot = Awaited<ReturnType<typeof recordingBot>>;
/** Without the pauses between tries. */
const ends = (bot: Bot) =>
  eventually('the recording has ended', async () => {
    const view = await bot.view();
    if (view.status !== 'recording') return view;
    await world.database.query('UPDATE recordings SET finish_at = now() WHERE finish_at > now()');
    await requestFinishRecordings(world.jobs, [String(view.id)]);
    return false;
  });

describe('a list of parts that will not do', () => {
  it.each([
    ['a late part', ([a, b]: Said[]) => [a, { ...b, etag: '"of another try"', bytes: 3 }]],
    ['a part twice', ([a, b]: Said[]) => [a, a, b, b]],
    ['a part missing', ([a]: Said[]) => [a]],
    ['a part too many', ([a, b]: Said[]) => [a, b, { ...b, part_number: 7, etag: '' }]],
    ['nothing at all', () => []],
  ])('%s: the recording is ready at once, from what the store lists', async (_what, listed) => {
    const bot = await recordingBot();
    const parts = [await bot.put(1, FULL), await bot.put(2, 9)];
    await bot.leave();
    expect((await bot.complete(listed(parts) as Said[])).status).toBe(200);
    expect(await bot.view()).toMatchObject({
      status: 'ready',
      interrupted: false,
      bytes: FULL + 9,
      duration_seconds: 90,
      sub_code: null,
      detail: null,
    });
    // The answer may have been lost: again.
    expect((await bot.complete(parts)).status).toBe(200);
  });
});

describe('a store that does not complete it now', () => {
  it.each([
    ['slow_down', /SlowDown/],
    [{ code: 'InternalError', status: 200 }, /InternalError/],
  ] as const)('%j: the runtime is done at once, and the recording is ready later', async (fault, said) => {
    const bot = await recordingBot();
    const parts = [await bot.put(1, 9)];
    await bot.leave();
    store.fault = (operation) => (operation === 'complete' ? fault : null);
    expect((await bot.complete(parts)).status).toBe(200);
    expect((await bot.done()).status).toBe(200);
    expect(await world.bot(bot.id)).toMatchObject({ status: 'DONE' });
    expect(await bot.view()).toMatchObject({ status: 'recording', detail: expect.stringMatching(said) });
    store.fault = () => null;
    expect(await ends(bot)).toMatchObject({ status: 'ready', interrupted: false, bytes: 9, detail: null });
  });

  it('no answer: the runtime is done within its patience, and the recording is ready later', async () => {
    const bot = await recordingBot();
    const parts = [await bot.put(1, 9)];
    await bot.leave();
    const before = store.asked.filter((it) => it === 'complete').length;
    store.fault = (operation, nth) => (operation === 'complete' && nth === before + 1 ? 'hang' : null);
    const startedAtMs = performance.now();
    expect((await bot.complete(parts)).status).toBe(200);
    expect(performance.now() - startedAtMs).toBeLessThan(9_000);
    expect(await ends(bot)).toMatchObject({ status: 'ready', interrupted: false, bytes: 9 });
  });

  it('a part that was reported is not there: ready without it, and says so', async () => {
    const bot = await recordingBot();
    const parts = [await bot.put(1, FULL), await bot.put(2, FULL), await bot.put(3, 5)];
    for (const [index, part] of parts.entries()) await bot.reportPart(part, (index + 1) * 30_000);
    expect(await bot.view()).toMatchObject({
      status: 'recording',
      bytes: 2 * FULL + 5,
      duration_seconds: 90,
    });
    for (const upload of store.uploads.values()) upload.parts.delete(2);
    await bot.leave();
    expect((await bot.complete(parts)).status).toBe(200);
    await bot.done();
    expect(await ends(bot)).toMatchObject({
      status: 'ready',
      interrupted: false,
      bytes: FULL + 5,
      detail: expect.stringMatching(/Missing: part 2\./),
    });
  });
});

it('refuses garbage with a 4xx, and takes the next word', async () => {
  const bot = await recordingBot();
  const part = await bot.put(1, 9);
  const garbage = [
    { ...part, bytes: 2 ** 60 },
    { ...part, bytes: -1 },
    { ...part, part_number: 0 },
    { ...part, part_number: 10_001 },
    { ...part, etag: null },
  ];
  for (const one of garbage) expect((await bot.complete([one as Said])).status).toBe(422);
  expect((await bot.complete([part], 2 ** 40)).status).toBe(422);
  const most = Array.from({ length: 10_000 }, (_, index) => ({
    ...part,
    part_number: index + 1,
    etag: '\u0000"\'',
  }));
  expect((await bot.complete(most)).status).toBeLessThan(500);
  expect((await bot.complete([part])).status).toBe(200);
});

it('refuses more evidence than a bot may have, and takes reports as before', async () => {
  const bot = await recordingBot();
  await world.database.query(
    `INSERT INTO screenshots (id, bot_id, attempt, purpose, label, key, content_type, bytes)
     SELECT 'shot_' || n, $1, 1, 'log', 'x', 'key ' || n, 'text/plain', 1 FROM generate_series(1, $2::int) n`,
    [bot.id, EVIDENCE_AT_MOST],
  );
  const file = { kind: 'file', purpose: 'log', content_type: 'text/plain', bytes: 9, label: 'x' };
  expect(await bot.upload(file)).toMatchObject({ status: 422, body: { code: 'runtime_limit_reached' } });
  expect(await bot.report()).toMatchObject({ status: 200 });
});
