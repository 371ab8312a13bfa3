// The real thing: Xvfb, PulseAudio, Chromium and ffmpeg, on a page that flashes
// and beeps together.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { parseEnv } from '../env.ts';
import { RuntimeApi } from '../runtime/api.ts';
import { openStage, type Stage } from '../stage.ts';
import { testLog } from '../testing/doubles.ts';
import { defaultClaim, type FakeApi, startFakeApi } from '../testing/fake-api.ts';
import { loudness, onsets, probe } from '../testing/probe.ts';
import { until } from '../testing/run-bot.ts';
import { startRecorder } from './recorder.ts';

const PAGE = `<body style="margin:0;background:#000"><script>
const audio = new AudioContext()
setInterval(() => {
  const tone = new OscillatorNode(audio, { frequency: 440 })
  tone.connect(audio.destination)
  tone.start()
  tone.stop(audio.currentTime + 0.4)
  document.body.style.background = '#fff'
  setTimeout(() => { document.body.style.background = '#000' }, 400)
}, 1000)</script>`;

let api: FakeApi;
let folder: string;
let stage: Stage;
const log = testLog();

beforeAll(async () => {
  api = await startFakeApi();
  folder = await mkdtemp(join(tmpdir(), 'recorder-test-'));
  const env = parseEnv({ ...process.env, MEEBOTER_API_URL: api.origin, MEEBOTER_CLAIM_TOKEN: 'x' }, 'run_1');
  stage = await openStage({
    ...{ width: 1280, height: 720, folder, log },
    ...{ chromiumPath: env.chromiumPath, env: env.childEnv, allowedOrigins: [] },
    signal: new AbortController().signal,
    onFault: (fault) => log.error(fault.message),
  });
});

afterAll(async () => {
  await stage.close();
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

test('what the display shows and the page plays, for as long as it lasted, playable whenever it is killed', async () => {
  expect(log.events).toEqual([]);
  await stage.page.setContent(PAGE);
  const runtime = new RuntimeApi(api.origin);
  const never = new AbortController().signal;
  const entries: ReportEntry[] = [];
  const startedAtMs = performance.now();
  const recorder = startRecorder({
    stage,
    recording: { ...defaultClaim(api.origin).recording, width: 1280, height: 720, preset: 'veryfast' },
    spillFolder: join(folder, 'parts'),
    uploads: (request) => runtime.uploads('session', request, never),
    report: (entry) => entries.push(entry),
    clock: systemClock,
    log,
    onFault: (fault) => log.error(fault.message),
  });
  const killedThen: Buffer[] = [];
  for (const puts of [1, 2, 3]) {
    await until('a growing part', () => api.puts.length >= puts);
    killedThen.push(api.recording());
  }
  await recorder.stop();
  const lastedSeconds = (performance.now() - startedAtMs) / 1000;
  expect(await recorder.deliver(AbortSignal.timeout(10_000))).toBe('delivered');
  expect(log.events).toEqual(['recording stopped']);

  const recording = api.recording();
  const whole = probe(recording);
  expect(whole.codecs.toSorted()).toEqual(['aac', 'h264']);
  expect(whole.complaints).toBe('');
  expect(Math.abs(whole.durationSeconds - lastedSeconds)).toBeLessThan(1.5);
  expect(Math.abs(api.completedMediaMs / 1000 - whole.durationSeconds)).toBeLessThan(0.5);
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

test('a recorder that dies is a fault, and what it recorded is delivered', async () => {
  const runtime = new RuntimeApi(api.origin);
  const faults: string[] = [];
  const recorder = startRecorder({
    stage: { ...stage, sound: { ...stage.sound, source: 'no.such.source' } },
    recording: { ...defaultClaim(api.origin).recording, width: 1280, height: 720 },
    spillFolder: join(folder, 'parts'),
    uploads: (request) => runtime.uploads('session', request, new AbortController().signal),
    report: () => undefined,
    clock: systemClock,
    log,
    onFault: (fault) => faults.push(fault.subCode),
  });
  await until('the fault', () => faults.length === 1);
  await recorder.stop();
  expect(faults).toEqual(['recorder_failed']);
  expect(await recorder.deliver(AbortSignal.timeout(5_000))).toBe('empty');
});
