// Records the display and the sound as fragmented MP4 on stdout, which plays
// wherever it is cut. What each option does was measured; see README.md.
//
// Time: both inputs are stamped with the machine's clock. `-copyts` keeps those
// stamps and `-itsoffset` counts them from the start of the process, so that 0 in
// the file is the moment of the start, for picture and sound alike. Without it each
// input would begin at 0 by itself, however much later than the other it was opened.
// The first frame is shown from 0 on (`setpts`), and the sound begins with silence.
//
// Too little CPU: the encoder is asked for the next frame only when it is ready, and
// the queue before it is short. When it is full the grabber waits, and the frames of
// that time are never grabbed: no memory grows, the frames that are left are spread
// evenly, and each keeps its own time (`-vsync vfr`; its newer name, `-fps_mode`, is
// unknown to ffmpeg 4.4, which Ubuntu 22.04 has). Afterwards the grabber makes up for
// every frame it missed, all at once; `select` drops these before they cost more than
// a copy. Sound is cheap and has a long queue. Where sound is missing all the same
// (ffmpeg stood still for longer than PulseAudio buffers, 21 s), `aresample` fills in
// silence, so that what follows is in its place.
//
// Frames keep to the grid of the frame rate (`-enc_time_base`): without it ffmpeg 7
// would stamp them to the microsecond, and players would take that for the frame rate.
//
// Delay: one encoder thread, two frames of lookahead and no B-frames. So the encoder
// holds back two frames and not seventeen, at the same size of the file, and the file
// needs no edit list to keep picture and sound together.
import type { Readable } from 'node:stream';
import { type Child, startChild } from '../children.ts';
import { settledWithin } from '../clock.ts';

const KEY_FRAME_EVERY_SECONDS = 2;
const FRAGMENT_US = 1_000_000;
/** Raw frames: 3.7 MB each at 1280 × 720. */
const VIDEO_QUEUE_FRAMES = 8;
/** 20 ms each. */
const AUDIO_QUEUE_PACKETS = 1_024;

export interface FfmpegOptions {
  display: { name: string; width: number; height: number };
  source: string;
  fps: number;
  preset: 'ultrafast' | 'veryfast';
  env: Record<string, string>;
}

export interface Ffmpeg {
  child: Child;
  media: Readable;
  /** Where in the recording the present moment is, in ms. */
  nowMs(): number;
  /** Ends the file properly; kills ffmpeg when it has not ended after `withinMs`. What is in its queues is lost. */
  stop(withinMs: number): Promise<void>;
}

/** The command line of a recorder that starts at a time of the machine's clock, in ms since 1970. */
function ffmpegArgs(
  { display, source, fps, preset }: Omit<FfmpegOptions, 'env'>,
  startedAtMs: number,
): string[] {
  const offset = ['-itsoffset', `-${startedAtMs / 1_000}`];
  const pulse = ['-f', 'pulse', '-fragment_size', '3840', '-i', source];
  const x11 = ['-f', 'x11grab', '-draw_mouse', '0', '-framerate', `${fps}`];
  const screen = ['-video_size', `${display.width}x${display.height}`, '-i', display.name];
  const select = `select='isnan(prev_selected_t)+gte(t-prev_selected_t,${0.5 / fps})'`;
  const filter = ['-vf', `${select},setpts='if(eq(N,0),0,PTS)'`];
  const video = ['-c:v', 'libx264', '-preset', preset, '-crf', '28', '-pix_fmt', 'yuv420p'];
  const delay = ['-threads', '1', '-rc-lookahead', '2', '-bf', '0'];
  const rate = ['-enc_time_base', `1/${fps}`, '-g', `${fps * KEY_FRAME_EVERY_SECONDS}`];
  const silence = ['-af', 'aresample=async=1:first_pts=0'];
  const audio = ['-c:a', 'aac', '-b:a', '64k', '-ac', '1', '-ar', '48000'];
  const movflags = '+frag_keyframe+empty_moov+default_base_moof';
  const mp4 = ['-f', 'mp4', '-movflags', movflags, '-frag_duration', `${FRAGMENT_US}`, '-flush_packets', '1'];
  return [
    ...['-hide_banner', '-loglevel', 'error', '-nostats', '-vsync', 'vfr', '-copyts'],
    ...['-thread_queue_size', `${AUDIO_QUEUE_PACKETS}`, ...offset, ...pulse],
    ...['-thread_queue_size', `${VIDEO_QUEUE_FRAMES}`, ...offset, ...x11, ...screen],
    ...['-map', '1:v', ...filter, ...video, ...delay, ...rate],
    ...['-map', '0:a', ...silence, ...audio, ...mp4, 'pipe:1'],
  ];
}

/** Starts recording at once. */
export function startFfmpeg(options: FfmpegOptions): Ffmpeg {
  // The machine's clock, and not the injected one: ffmpeg reads it too.
  const startedAtMs = Date.now();
  const child = startChild('ffmpeg', ffmpegArgs(options, startedAtMs), {
    env: options.env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return {
    child,
    media: child.process.stdout as Readable,
    nowMs: () => Date.now() - startedAtMs,
    async stop(withinMs) {
      child.process.stdin?.end('q');
      if (await settledWithin(child.exited, withinMs / 2)) return;
      child.process.kill('SIGINT');
      if (await settledWithin(child.exited, withinMs / 2)) return;
      child.process.kill('SIGKILL');
      await child.exited;
    },
  };
}
