// Records the stage from admission to leaving, and uploads the recording meanwhile.
//
// What the file holds is read from the file (`timeline.ts`) and compared with the time
// that has passed. So a recorder that gets too little CPU is noticed: gaps and frames
// that were left out are told to the API, and a long delay is logged while it lasts.
import type { ClaimAnswer, ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import { backoffMs, type Clock, settledWithin, sleep } from '../clock.ts';
import { errorFields, type Log } from '../log.ts';
import { MeetingFault } from '../meeting.ts';
import { ApiError, type Uploads } from '../runtime/api.ts';
import type { Stage } from '../stage.ts';
import { startFfmpeg } from './ffmpeg.ts';
import { FragmentSplitter } from './fragments.ts';
import { Losses } from './losses.ts';
import { PartUrls } from './part-urls.ts';
import { put } from './put.ts';
import { Standstills } from './standstill.ts';
import { HOLE_MIN_MS, Timeline } from './timeline.ts';
import { Uploader } from './uploader.ts';

const LOOK_MS = 1_000;
/** ffmpeg writes a fragment a second: after so many looks without a byte it hangs. */
const SILENT_LOOKS = 60;
/** How often the number of frames that were left out is told. */
const TELL_LOOKS = 60;
/** The encoder, its queue and the fragment hold back a second or two; a longer delay is logged. */
const BEHIND_MS = 10_000;

/** Time to bring what is queued into the file and to end it, when nothing presses. */
export const STOP_MS = 30_000;
const LAST_BYTES_MS = 2_000;

export interface RecorderOptions {
  stage: Pick<Stage, 'display' | 'sound' | 'env'>;
  recording: ClaimAnswer['recording'];
  spillFolder: string;
  uploads: Uploads;
  report: (entry: ReportEntry) => void;
  clock: Clock;
  log: Log;
  /** Called when the recorder dies or hangs. What was recorded can still be stopped and delivered. */
  onFault: (fault: MeetingFault) => void;
}

export interface Recorder {
  /**
   * Ends the file at the present moment. What was captured until now is encoded first, for at most half of
   * `withinMs`; ffmpeg is killed when that is over. All bytes are with the uploader when it returns.
   */
  stop(withinMs: number): Promise<void>;
  /** After `stop`: uploads the rest and completes the recording. `empty`: nothing was recorded. */
  deliver(signal: AbortSignal): Promise<'delivered' | 'empty' | 'given_up'>;
}

/** Starts recording at once. URLs and uploads follow in their own time, so a slow API loses no picture. */
export function startRecorder(options: RecorderOptions): Recorder {
  const { stage, recording, spillFolder, uploads, report, clock, log, onFault } = options;
  const at = () => clock.now().toISOString();
  const urls = new PartUrls({ ask: uploads, startedAt: clock.now(), clock, log });
  const losses = new Losses({ recordingId: () => urls.recordingId, report, clock, log });
  const uploader = new Uploader({
    urls,
    put,
    spillFolder,
    clock,
    log,
    onUploaded: ({ number, etag, bytes, mediaMs }) => {
      report({
        kind: 'part_uploaded',
        at: at(),
        recording_id: urls.recordingId ?? '',
        part_number: number,
        etag,
        bytes,
        media_ms: mediaMs,
      });
      losses.tell();
    },
  });
  const ffmpeg = startFfmpeg({
    display: stage.display,
    source: stage.sound.source,
    fps: recording.fps,
    preset: recording.preset,
    env: stage.env,
  });
  const splitter = new FragmentSplitter();
  const standstills = new Standstills(ffmpeg.nowMs, LOOK_MS);
  const timeline = new Timeline(recording.fps, ({ atMs, missingMs }) => {
    const isFrozen = standstills.covers({ fromMs: atMs, toMs: atMs + missingMs });
    const reason = atMs === 0 ? 'started_late' : isFrozen ? 'bot_frozen' : 'recorder_stalled';
    losses.addGap({ at_ms: atMs, missing_ms: missingMs, reason });
  });
  const mediaEnded = new Promise<void>((resolve) => ffmpeg.child.process.once('close', () => resolve()));
  const caughtUp = Promise.withResolvers<void>();
  let stopAtMs = Number.POSITIVE_INFINITY;
  let bytes = 0;
  const watch = { looks: 0, silentLooks: 0, isBehind: false };

  ffmpeg.media.on('data', (chunk: Buffer) => {
    watch.silentLooks = 0;
    if (bytes === 0) {
      report({ kind: 'phase', at: at(), phase: 'first_media' });
      report({ kind: 'recording_state', at: at(), state: 'recording' });
    }
    bytes += chunk.length;
    for (const piece of splitter.push(chunk)) {
      // Recorded after the stop, while what had been queued was encoded.
      if ((timeline.startMsOf(piece) ?? 0) >= stopAtMs) continue;
      timeline.add(piece);
      losses.setDroppedFrames(timeline.droppedFrames);
      uploader.push(piece, timeline.lengthMs);
    }
    if (timeline.completeMs >= stopAtMs) caughtUp.resolve();
  });
  const fail = (what: string) => {
    if (stopAtMs < Number.POSITIVE_INFINITY) return;
    const said = ffmpeg.child.stderrTail().slice(-500);
    onFault(new MeetingFault('recorder_failed', `ffmpeg ${what}`, { facts: said ? { stderr: said } : {} }));
  };
  ffmpeg.child.exited.then(
    ({ code, signal, error }) => fail(`died (${error?.message ?? signal ?? code})`),
    fail,
  );
  const watchdog = setInterval(() => {
    standstills.look();
    watch.looks += 1;
    // Counted in looks, not in time: a bot that was frozen looks once, and finds the bytes right after.
    watch.silentLooks += 1;
    if (watch.silentLooks === SILENT_LOOKS) fail('writes nothing any more');
    if (watch.looks % TELL_LOOKS === 0) losses.tell();
    const behindMs = ffmpeg.nowMs() - timeline.completeMs;
    if (behindMs > BEHIND_MS !== watch.isBehind) {
      watch.isBehind = !watch.isBehind;
      const fields = { behind_ms: behindMs, dropped_frames: timeline.droppedFrames };
      if (watch.isBehind) log.warn('the recorder is behind', fields);
      else log.info('the recorder has caught up', fields);
    }
  }, LOOK_MS);
  uploader.start();

  return {
    async stop(withinMs) {
      if (stopAtMs < Number.POSITIVE_INFINITY) return;
      stopAtMs = ffmpeg.nowMs();
      clearInterval(watchdog);
      standstills.look();
      await settledWithin(Promise.race([caughtUp.promise, mediaEnded]), withinMs / 2);
      await ffmpeg.stop(withinMs / 2);
      // The pipe may still hold the last fragment when the process is gone.
      await settledWithin(mediaEnded, LAST_BYTES_MS);
      uploader.end(timeline.lengthMs);
      const missingMs = stopAtMs - timeline.completeMs;
      if (bytes > 0 && missingMs >= HOLE_MIN_MS) {
        losses.addGap({ at_ms: timeline.completeMs, missing_ms: missingMs, reason: 'cut_short' });
      }
      losses.tell();
      if (bytes > 0) report({ kind: 'recording_state', at: at(), state: 'stopped' });
      const { lengthMs, frames, droppedFrames } = timeline;
      log.info('recording stopped', {
        bytes,
        media_ms: lengthMs,
        elapsed_ms: stopAtMs,
        frames,
        dropped_frames: droppedFrames,
      });
    },
    async deliver(signal) {
      const parts = await uploader.finish(signal);
      losses.tell();
      if (parts === null) return 'given_up';
      if (parts.length === 0 || urls.recordingId === null) return 'empty';
      return complete(
        () =>
          uploads({
            kind: 'recording_complete',
            recording_id: urls.recordingId ?? '',
            media_ms: timeline.lengthMs,
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
