// Records the display and the sound as fragmented MP4 on stdout: playable
// wherever it is cut. The options were measured; see README.md.
import type { Readable } from 'node:stream';
import { type Child, startChild } from '../children.ts';
import { settledWithin } from '../clock.ts';

const KEY_FRAME_EVERY_SECONDS = 2;
const FRAGMENT_US = 1_000_000;
const STOP_MS = 5_000;

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
  /** How much media has been encoded, in ms. */
  mediaMs(): number;
  /** Ends the file properly; harder means follow when it does not listen. */
  stop(): Promise<void>;
}

/** The command line. Input order and buffers decide whether sound and picture stay together. */
export function ffmpegArgs({ display, source, fps, preset }: Omit<FfmpegOptions, 'env'>): string[] {
  const pulse = ['-thread_queue_size', '1024', '-f', 'pulse', '-fragment_size', '3840', '-i', source];
  const x11 = ['-thread_queue_size', '1024', '-f', 'x11grab', '-draw_mouse', '0'];
  const screen = ['-framerate', `${fps}`, '-video_size', `${display.width}x${display.height}`];
  const video = ['-c:v', 'libx264', '-preset', preset, '-crf', '28', '-pix_fmt', 'yuv420p'];
  const rate = ['-r', `${fps}`, '-g', `${fps * KEY_FRAME_EVERY_SECONDS}`];
  const audio = ['-c:a', 'aac', '-b:a', '64k', '-ac', '1', '-ar', '48000'];
  const movflags = '+frag_keyframe+empty_moov+default_base_moof';
  const mp4 = ['-f', 'mp4', '-movflags', movflags, '-frag_duration', `${FRAGMENT_US}`, '-flush_packets', '1'];
  return [
    ...['-hide_banner', '-loglevel', 'error', '-nostats', '-progress', 'pipe:3', '-stats_period', '0.5'],
    ...[...pulse, ...x11, ...screen, '-i', display.name],
    ...['-map', '1:v', '-map', '0:a', ...video, ...rate, ...audio, ...mp4, 'pipe:1'],
  ];
}

/** Starts recording at once. */
export function startFfmpeg(options: FfmpegOptions): Ffmpeg {
  const child = startChild('ffmpeg', ffmpegArgs(options), {
    env: options.env,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  let mediaMs = 0;
  const progress = child.process.stdio[3] as Readable;
  progress.setEncoding('utf8').on('data', (text: string) => {
    const told = text.match(/out_time_us=(\d+)/g)?.at(-1);
    if (told) mediaMs = Math.max(mediaMs, Math.round(Number(told.split('=')[1]) / 1000));
  });
  return {
    child,
    media: child.process.stdout as Readable,
    mediaMs: () => mediaMs,
    async stop() {
      child.process.stdin?.end('q');
      if (await settledWithin(child.exited, STOP_MS)) return;
      child.process.kill('SIGINT');
      if (await settledWithin(child.exited, STOP_MS)) return;
      child.process.kill('SIGKILL');
      await child.exited;
    },
  };
}
