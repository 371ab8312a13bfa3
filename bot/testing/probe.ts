// Examines a recording with ffprobe and ffmpeg.
import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodingErrors } from '@meeboter/lab/judge/decode.ts';

export interface Probed {
  durationSeconds: number;
  codecs: string[];
  /** Error messages of a full decode. Empty when the recording plays. */
  complaints: string;
}

/** Decodes a recording to its end. Throws when it cannot be opened. */
export function probe(recording: Buffer): Probed {
  return withFile(recording, (file) => {
    const shown = execFileSync('ffprobe', [
      ...['-v', 'error', '-show_entries', 'format=duration:stream=codec_name', '-of', 'json', file],
    ]);
    const { streams, format } = JSON.parse(shown.toString()) as {
      streams: Array<{ codec_name: string }>;
      format: { duration: string };
    };
    return {
      durationSeconds: Number(format.duration),
      codecs: streams.map(({ codec_name }) => codec_name),
      complaints: decodingErrors(file),
    };
  });
}

/** Mean loudness in dB in a band around a tone. */
export function loudness(recording: Buffer, hz: number): number {
  return withFile(recording, (file) => {
    const filter = `bandpass=f=${hz}:width_type=h:w=40,volumedetect`;
    const { stderr } = spawnSync('ffmpeg', [
      '-hide_banner',
      '-i',
      file,
      '-vn',
      '-af',
      filter,
      '-f',
      'null',
      '-',
    ]);
    return Number(stderr.toString().match(/mean_volume: (-?[\d.]+) dB/)?.[1] ?? Number.NaN);
  });
}

/** When the picture turns bright and when a sound begins, in seconds, to measure how far apart they are. */
export function onsets(recording: Buffer): { flashes: number[]; beeps: number[] } {
  return withFile(recording, (file) => {
    const run = (args: string[]) =>
      spawnSync('ffmpeg', ['-hide_banner', '-i', file, ...args, '-f', 'null', '-']).stderr.toString();
    const dark = run(['-an', '-vf', 'blackdetect=d=0.1:pix_th=0.5:pic_th=0.9']);
    const still = run(['-vn', '-af', 'silencedetect=n=-40dB:d=0.1']);
    const times = (text: string, name: string) =>
      [...text.matchAll(new RegExp(`${name}: ?([\\d.]+)`, 'g'))].map((match) => Number(match[1]));
    return { flashes: times(dark, 'black_end'), beeps: times(still, 'silence_end') };
  });
}

function withFile<T>(content: Buffer, use: (file: string) => T): T {
  const file = join(tmpdir(), `probe-${process.pid}-${content.length}.mp4`);
  writeFileSync(file, content);
  try {
    return use(file);
  } finally {
    rmSync(file, { force: true });
  }
}
