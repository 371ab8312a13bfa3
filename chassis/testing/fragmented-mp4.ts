// A fragmented MP4 as a bot records it (bot/recorder/ffmpeg.ts), small; and what a player makes of such a file.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodingErrors } from '../../lab/judge/decode.ts';

export const FPS = 10;

function inFolder<T>(use: (path: string) => T): T {
  const dir = mkdtempSync(join(tmpdir(), 'fragmented-mp4-'));
  try {
    return use(join(dir, 'file.mp4'));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** So many seconds of a test picture with a tone. */
export function fragmentedMp4(seconds: number): Buffer {
  const source = ['-f', 'lavfi', '-i', `testsrc2=size=320x180:rate=${FPS}`, '-f', 'lavfi', '-i', 'sine'];
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', `${2 * FPS}`, '-c:a', 'aac'];
  const movflags = '+frag_keyframe+empty_moov+default_base_moof';
  const mp4 = ['-f', 'mp4', '-movflags', movflags, '-frag_duration', '1000000'];
  return inFolder((path) => {
    execFileSync('ffmpeg', ['-v', 'error', ...source, '-t', `${seconds}`, ...codecs, ...mp4, path]);
    return readFileSync(path);
  });
}

/** What ffmpeg complains of when it plays a file, and when the file's pictures are, in seconds, ascending. */
export function played(file: Buffer): { errors: string; times: number[] } {
  return inFolder((path) => {
    writeFileSync(path, file);
    const frames = ['-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0'];
    const times = execFileSync('ffprobe', ['-v', 'error', ...frames, path], { encoding: 'utf8' });
    const seconds = times.split('\n').filter(Boolean).map(Number);
    return { errors: decodingErrors(path), times: seconds.sort((a, b) => a - b) };
  });
}
