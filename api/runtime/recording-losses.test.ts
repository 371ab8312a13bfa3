// A runtime reports gaps and dropped frames of its recording, and the API shows them to the bot's owner.
import { claimToken } from '@meeboter/chassis/tokens.ts';
import { claimAnswerSchema, MAX_GAPS, type ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../e2e/support/eventually.ts';
import { platformDouble } from '../../e2e/support/platform-double.ts';
import { startWorld, type World } from '../../e2e/support/world.ts';

const AT = '2026-11-26T12:00:00Z';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    platforms: { aws: platformDouble() },
    env: { PLATFORM_PRIORITY: 'aws', AWS_BOT_LIMIT: '5' },
  });
});
afterAll(() => world.close());

/** A bot whose recording has begun; returns calls of its runtime and of its owner. */
async function recordingBot() {
  const { id } = await world.book({ meeting_url: 'https://meet.google.com/abc-defg-hij' });
  const deploymentId = await eventually('a deployment', async () => {
    const rows = await world.database.query<{ id: string }>('SELECT id FROM deployments WHERE bot_id = $1', [
      id,
    ]);
    return rows[0]?.id;
  });
  const post = async (path: string, token: string, body: unknown) => {
    const authorization = `Bearer ${token}`;
    return (
      await world.call<{ recording_id: string }>('POST', `/runtime/v1/${path}`, body, { authorization })
    ).body;
  };
  const token = claimToken(world.settings.MEEBOTER_SECRET, deploymentId);
  const claim = claimAnswerSchema.parse(
    await post('claim', token, { runtime_id: `run_of_${id}`, version: 'test' }),
  );
  const { recording_id } = await post('uploads', claim.session_token, {
    ...{ kind: 'recording_parts', content_type: 'video/mp4', started_at: AT, from_part: 1, count: 1 },
  });
  let seq = 0;
  return {
    recording_id,
    async report(entries: ReportEntry[]) {
      seq += 1;
      const { attempt, epoch } = claim;
      await post('report', claim.session_token, { attempt, epoch, report_seq: seq, entries });
    },
    async recording() {
      const path = `/v1/bots/${id}/recordings`;
      type Row = { gaps: object[]; dropped_frames: number };
      return (await world.call<{ data: Row[] }>('GET', path)).body.data[0];
    },
    async gapEvents() {
      const path = `/v1/bots/${id}/events?limit=200`;
      type Row = { type: string; payload: Record<string, unknown> };
      const { data } = (await world.call<{ data: Row[] }>('GET', path)).body;
      return data.filter(({ type }) => type === 'recording.gap').map(({ payload }) => payload);
    },
  };
}

const gap = (recording_id: string, at_ms: number, missing_ms: number): ReportEntry => ({
  ...{ kind: 'recording_gap', at: AT, recording_id, at_ms, missing_ms, reason: 'recorder_stalled' },
});

it('shows gaps and dropped frames; a gap that is reported again is replaced, and has one event', async () => {
  const bot = await recordingBot();
  const { recording_id } = bot;
  expect(await bot.recording()).toMatchObject({ gaps: [], dropped_frames: 0 });
  await bot.report([gap(recording_id, 8_000, 3_000), gap(recording_id, 2_000, 2_500)]);
  await bot.report([
    gap(recording_id, 8_000, 9_000),
    { kind: 'recording_frames', at: AT, recording_id, dropped: 12 },
    { kind: 'recording_frames', at: AT, recording_id, dropped: 31 },
  ]);
  expect(await bot.recording()).toMatchObject({
    gaps: [
      { at_ms: 2_000, missing_ms: 2_500, reason: 'recorder_stalled' },
      { at_ms: 8_000, missing_ms: 9_000, reason: 'recorder_stalled' },
    ],
    dropped_frames: 31,
  });
  expect(await bot.gapEvents()).toMatchObject([
    { recording_id, at_ms: 8_000, missing_ms: 3_000, reason: 'recorder_stalled', actor: 'runtime' },
    { recording_id, at_ms: 2_000, missing_ms: 2_500 },
  ]);
});

it('ignores them for recordings of another bot, and beyond the limit', async () => {
  const mine = await recordingBot();
  const theirs = await recordingBot();
  const { recording_id } = theirs;
  await mine.report([
    gap(recording_id, 0, 5_000),
    { kind: 'recording_frames', at: AT, recording_id, dropped: 9 },
  ]);
  expect(await theirs.recording()).toMatchObject({ gaps: [], dropped_frames: 0 });
  expect(await mine.gapEvents()).toEqual([]);
  for (let index = 0; index < MAX_GAPS + 3; index += 1) {
    await mine.report([gap(mine.recording_id, index * 10_000, 3_000)]);
  }
  expect((await mine.recording())?.gaps).toHaveLength(MAX_GAPS);
  expect(await mine.gapEvents()).toHaveLength(MAX_GAPS);
});
