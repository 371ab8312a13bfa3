// The real thing: Xvfb, PulseAudio, Chromium and ffmpeg. What takes minutes is in recorder.long.test.ts.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loudness, onsets, probe } from '../testing/probe.ts';
import { type FlashingStage, openFlashingStage } from '../testing/recording.ts';
import { until } from '../testing/run-bot.ts';
import { STOP_MS } from './recorder.ts';

let stage: FlashingStage;
beforeAll(async () => {
  stage = await openFlashingStage();
});
afterAll(() => stage.close());

const delivered = () => AbortSignal.timeout(10_000);

test('what the display shows and the page plays, for as long as it lasted, playable whenever it is killed', async () => {
  expect(stage.log.events).toEqual([]);
  const { recorder, api, entries, startedAtMs, gaps } = await stage.record();
  const killedThen: Buffer[] = [];
  for (const puts of [1, 2, 3]) {
    await until('a growing part', () => api.puts.length >= puts);
    killedThen.push(api.recording());
  }
  const lastedMs = Date.now() - startedAtMs;
  await recorder.stop(STOP_MS);
  expect(await recorder.deliver(delivered())).toBe('delivered');
  expect(stage.log.events).toEqual(['recording stopped']);

  const recording = api.recording();
  const whole = probe(recording);
  expect(whole.codecs.toSorted()).toEqual(['aac', 'h264']);
  expect(whole.complaints).toBe('');
  // What had been captured at the stop is in it, and little of what came after.
  expect(whole.durationSeconds * 1_000 - lastedMs).toBeGreaterThan(-100);
  expect(whole.durationSeconds * 1_000 - lastedMs).toBeLessThan(1_500);
  expect(Math.abs(api.completedMediaMs / 1000 - whole.durationSeconds)).toBeLessThan(0.1);
  expect(gaps()).toEqual([]);
  expect(api.completed?.map(({ bytes }) => bytes)).toEqual([recording.length]);
  expect(loudness(recording, 440) - loudness(recording, 1200)).toBeGreaterThan(20);

  const { flashes, beeps } = onsets(recording);
  const apart = flashes.map((flash) => Math.min(...beeps.map((beep) => Math.abs(beep - flash))));
  console.log('flash to beep, s:', apart.map((one) => one.toFixed(3)).join(' '));
  expect(apart.length).toBeGreaterThan(4);
  expect(apart.toSorted((a, b) => a - b)[Math.floor(apart.length / 2)]).toBeLessThan(0.2);

  // Whatever had arrived when the bot was killed plays; the very first upload may hold no fragment yet.
  const lengths = killedThen.slice(1).map((arrived) => probe(arrived));
  expect(lengths.map(({ complaints }) => complaints)).toEqual(['', '']);
  expect(lengths.every(({ durationSeconds }, index) => durationSeconds > 2 + 4 * index)).toBe(true);
  const kinds = entries.map((entry) => (entry.kind === 'recording_state' ? entry.state : entry.kind));
  expect(kinds.slice(0, 2)).toEqual(['phase', 'recording']);
  expect(kinds.filter((kind) => kind === 'part_uploaded').length).toBeGreaterThanOrEqual(4);
});

test('a recorder that starts late says so', async () => {
  const { recorder, pid, gaps, api } = await stage.record();
  process.kill(pid, 'SIGSTOP');
  await delay(3_000);
  process.kill(pid, 'SIGCONT');
  await until('the gap', () => gaps().length > 0);
  await recorder.stop(STOP_MS);
  expect(await recorder.deliver(delivered())).toBe('delivered');
  expect(gaps()).toMatchObject([{ at_ms: 0, reason: 'started_late' }]);
  expect(gaps()[0]?.missing_ms).toBeGreaterThan(2_900);
  expect(probe(api.recording()).complaints).toBe('');
});

test('a recorder that dies is a fault, and there is nothing to deliver', async () => {
  const sound = { ...stage.stage.sound, source: 'no.such.source' };
  const { recorder, faults } = await stage.record({ stage: { sound } });
  await until('the fault', () => faults.length === 1);
  await recorder.stop(STOP_MS);
  expect(faults.map(({ subCode }) => subCode)).toEqual(['recorder_failed']);
  expect(await recorder.deliver(delivered())).toBe('empty');
});
