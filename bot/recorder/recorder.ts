// Records the stage from admission to leaving, and gets it into S3 meanwhile.
import type { ClaimAnswer, ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import { backoffMs, type Clock, settledWithin, sleep } from '../clock.ts';
import { errorFields, type Log } from '../log.ts';
import { MeetingFault } from '../meeting.ts';
import { ApiError, type Uploads } from '../runtime/api.ts';
import type { Stage } from '../stage.ts';
import { startFfmpeg } from './ffmpeg.ts';
import { FragmentSplitter } from './fragments.ts';
import { PartUrls } from './part-urls.ts';
import { put } from './put.ts';
import { Uploader } from './uploader.ts';

/** ffmpeg writes a fragment a second; this many silent looks mean that it hangs. */
const STALL_LOOK_MS = 5_000;
const STALL_LOOKS = 12;

export interface RecorderOptions {
  stage: Pick<Stage, 'display' | 'sound' | 'env'>;
  recording: ClaimAnswer['recording'];
  spillFolder: string;
  uploads: Uploads;
  report: (entry: ReportEntry) => void;
  clock: Clock;
  log: Log;
  /** It died or hangs; what was recorded can still be stopped and delivered. */
  onFault: (fault: MeetingFault) => void;
}

export interface Recorder {
  /** Ends the file. All bytes are with the uploader when it returns. */
  stop(): Promise<void>;
  /** After `stop`: uploads the rest and completes the recording. `empty`: nothing was recorded. */
  deliver(signal: AbortSignal): Promise<'delivered' | 'empty' | 'given_up'>;
}

/** Starts recording at once. URLs and uploads follow in their own time: a slow API loses no picture. */
export function startRecorder(options: RecorderOptions): Recorder {
  const { stage, recording, spillFolder, uploads, report, clock, log, onFault } = options;
  const at = () => clock.now().toISOString();
  const urls = new PartUrls({ ask: uploads, startedAt: clock.now(), clock, log });
  const uploader = new Uploader({
    urls,
    put,
    spillFolder,
    clock,
    log,
    onUploaded: ({ number, etag, bytes, mediaMs }) =>
      report({
        kind: 'part_uploaded',
        at: at(),
        recording_id: urls.recordingId ?? '',
        part_number: number,
        etag,
        bytes,
        media_ms: mediaMs,
      }),
  });
  const ffmpeg = startFfmpeg({
    display: stage.display,
    source: stage.sound.source,
    fps: recording.fps,
    preset: recording.preset,
    env: stage.env,
  });
  const splitter = new FragmentSplitter();
  const mediaEnded = new Promise<void>((resolve) => ffmpeg.child.process.once('close', () => resolve()));
  let stopping = false;
  let silentLooks = 0;
  let bytes = 0;

  ffmpeg.media.on('data', (chunk: Buffer) => {
    silentLooks = 0;
    if (bytes === 0) {
      report({ kind: 'phase', at: at(), phase: 'first_media' });
      report({ kind: 'recording_state', at: at(), state: 'recording' });
    }
    bytes += chunk.length;
    const whole = Buffer.concat(splitter.push(chunk));
    if (whole.length > 0) uploader.push(whole, ffmpeg.mediaMs());
  });
  const fail = (what: string) => {
    if (stopping) return;
    const said = ffmpeg.child.stderrTail().slice(-500);
    onFault(new MeetingFault('recorder_failed', `ffmpeg ${what}`, { facts: said ? { stderr: said } : {} }));
  };
  ffmpeg.child.exited.then(
    ({ code, signal, error }) => fail(`died (${error?.message ?? signal ?? code})`),
    fail,
  );
  // Counted in looks, not in time: a bot that was frozen looks once, and finds the bytes right after.
  const watchdog = setInterval(() => {
    silentLooks += 1;
    if (silentLooks === STALL_LOOKS) fail('writes nothing any more');
  }, STALL_LOOK_MS);
  uploader.start();

  return {
    async stop() {
      if (stopping) return;
      stopping = true;
      clearInterval(watchdog);
      await ffmpeg.stop();
      // The pipe may still hold the last fragment when the process is gone.
      await settledWithin(mediaEnded, 2_000);
      uploader.end(ffmpeg.mediaMs());
      if (bytes > 0) report({ kind: 'recording_state', at: at(), state: 'stopped' });
      log.info('recording stopped', { bytes, media_ms: ffmpeg.mediaMs() });
    },
    async deliver(signal) {
      const parts = await uploader.finish(signal);
      if (parts === null) return 'given_up';
      if (parts.length === 0 || urls.recordingId === null) return 'empty';
      return complete(
        () =>
          uploads({
            kind: 'recording_complete',
            recording_id: urls.recordingId ?? '',
            media_ms: ffmpeg.mediaMs(),
            parts: parts.map(({ number, etag, bytes }) => ({ part_number: number, etag, bytes })),
          }),
        log,
        signal,
      );
    },
  };
}

async function complete(
  ask: () => Promise<unknown>,
  log: Log,
  signal: AbortSignal,
): Promise<'delivered' | 'given_up'> {
  for (let tries = 1; !signal.aborted; tries += 1) {
    try {
      await ask();
      return 'delivered';
    } catch (error) {
      log.warn('recording not completed yet', { tries, ...errorFields(error), stack: undefined });
      if (!(error instanceof ApiError) || !error.retryable) return 'given_up';
      await sleep(backoffMs(tries, 500, 10_000), signal).catch(() => undefined);
    }
  }
  return 'given_up';
}
