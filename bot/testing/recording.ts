// A real stage for tests of the recorder: Xvfb, PulseAudio and Chromium, on a page that flashes and beeps at
// each full second of the machine's clock. So a recording shows by itself what of it is there.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordingGap, ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import type { PlaywrightPage } from '../browser/playwright.ts';
import { systemClock } from '../clock.ts';
import { parseEnv } from '../env.ts';
import type { MeetingFault } from '../meeting.ts';
import { type Recorder, startRecorder } from '../recorder/recorder.ts';
import { RuntimeApi } from '../runtime/api.ts';
import { openStage, type Stage } from '../stage.ts';
import { testLog } from './doubles.ts';
import { defaultClaim, type FakeApi, startFakeApi } from './fake-api.ts';
import { recorderPid } from './throttle.ts';

const NEEDS = { library: 'playwright', permissions: [], flags: [] } as const;
const PULSE_MS = 400;

const PAGE = `<body style="margin:0;background:#000"><script>
const audio = new AudioContext()
const pulse = () => {
  const tone = new OscillatorNode(audio, { frequency: 440 })
  tone.connect(audio.destination)
  tone.start()
  tone.stop(audio.currentTime + ${PULSE_MS / 1000})
  document.body.style.background = '#fff'
  setTimeout(() => { document.body.style.background = '#000' }, ${PULSE_MS})
  setTimeout(pulse, 1000 - Date.now() % 1000)
}
setTimeout(pulse, 1000 - Date.now() % 1000)</script>`;

export interface FlashingStage {
  stage: Stage;
  log: ReturnType<typeof testLog>;
  /** Begins a recording, at the default size, with an API and a store of its own. */
  record(options?: { stage?: Partial<Stage> }): Promise<Recording>;
  close(): Promise<void>;
}

export interface Recording {
  recorder: Recorder;
  api: FakeApi;
  /** The recorder's process. Throws when it has ended. */
  readonly pid: number;
  /** The machine's clock at its start. */
  startedAtMs: number;
  entries: ReportEntry[];
  faults: MeetingFault[];
  gaps(): RecordingGap[];
  droppedFrames(): number;
}

/** Opens the stage, with the page on it. `allowedOrigins`: where a test may lead the page. */
export async function openFlashingStage(allowedOrigins: string[] = []): Promise<FlashingStage> {
  const folder = await mkdtemp(join(tmpdir(), 'recorder-test-'));
  const log = testLog();
  const opened: FakeApi[] = [];
  const settings = { ...process.env, MEEBOTER_API_URL: 'http://127.0.0.1', MEEBOTER_CLAIM_TOKEN: 'x' };
  const env = parseEnv(settings, 'run_1');
  const stage = await openStage({
    ...{ width: 1280, height: 720, folder, log, needs: NEEDS },
    ...{ chromiumPath: env.chromiumPath, env: env.childEnv, allowedOrigins },
    signal: new AbortController().signal,
    onFault: (fault) => log.error(fault.message),
  });
  await (stage.page as PlaywrightPage).raw.setContent(PAGE);
  return {
    stage,
    log,
    async record(options = {}) {
      const api = await startFakeApi();
      opened.push(api);
      const runtime = new RuntimeApi(api.origin);
      const entries: ReportEntry[] = [];
      const faults: MeetingFault[] = [];
      const startedAtMs = Date.now();
      const recorder = startRecorder({
        stage: { ...stage, ...options.stage },
        recording: { ...defaultClaim(api.origin).recording, width: 1280, height: 720, preset: 'veryfast' },
        spillFolder: join(folder, 'parts'),
        uploads: (request) => runtime.uploads('session', request, new AbortController().signal),
        report: (entry) => entries.push(entry),
        clock: systemClock,
        log,
        onFault: (fault) => faults.push(fault),
      });
      const gaps = () =>
        entries.flatMap((one) =>
          one.kind === 'recording_gap'
            ? [{ at_ms: one.at_ms, missing_ms: one.missing_ms, reason: one.reason }]
            : [],
        );
      const droppedFrames = () =>
        entries.flatMap((one) => (one.kind === 'recording_frames' ? [one.dropped] : [])).at(-1) ?? 0;
      return {
        ...{ recorder, api, startedAtMs, entries, faults, gaps, droppedFrames },
        // Looked up by who asks: a recorder that is meant to die may be gone by now.
        get pid() {
          return recorderPid();
        },
      };
    },
    async close() {
      await stage.close();
      for (const api of opened) await api.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
