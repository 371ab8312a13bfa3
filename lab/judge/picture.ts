// The picture of a recording: each frame is scaled down to a small gray picture, in which black frames
// and flashes are found.
import { runTool } from './ffmpeg.ts';
import { median } from './numbers.ts';

const WIDTH = 64;
const HEIGHT = 36;
const FRAME_BYTES = WIDTH * HEIGHT;

/** A frame is black when its mean and its brightest pixel are below these. Black in video is 16. */
const BLACK_MEAN = 24;
const BLACK_PEAK = 48;

/** A flash makes the mean of the whole picture this much brighter than the median of the second before and after it … */
const FLASH_RISE = 8;
/** … and is not longer than this: a longer one is a change of the layout. */
const FLASH_MAX_MS = 500;
const AROUND_MS = 1_000;

export interface Frame {
  atMs: number;
  mean: number;
  isBlack: boolean;
}

function look(pixels: Buffer, atMs: number): Frame {
  let sum = 0;
  let peak = 0;
  for (const pixel of pixels) {
    sum += pixel;
    if (pixel > peak) peak = pixel;
  }
  const mean = sum / FRAME_BYTES;
  return { atMs, mean, isBlack: mean < BLACK_MEAN && peak < BLACK_PEAK };
}

/** All frames that can be decoded, in order, each with its time from the start of the recording. */
export async function readFrames(path: string): Promise<Frame[]> {
  const frames: Frame[] = [];
  let rest: Buffer = Buffer.alloc(0);
  const filter = `scale=${WIDTH}:${HEIGHT}:flags=area,format=gray,showinfo`;
  const args = ['-hide_banner', '-nostats', '-i', path, '-map', '0:v:0', '-vf', filter];
  const { messages } = await runTool(
    'ffmpeg',
    [...args, '-fps_mode', 'passthrough', '-f', 'rawvideo', '-'],
    (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (; rest.length >= FRAME_BYTES; rest = rest.subarray(FRAME_BYTES)) {
        frames.push(look(rest.subarray(0, FRAME_BYTES), 0));
      }
    },
  );
  // The raw pictures carry no times; the showinfo filter prints them.
  const times = [...messages.matchAll(/showinfo.*? n: *\d+ .*?pts_time:(-?[\d.]+)/g)].map((match) =>
    Number(match[1]),
  );
  return frames
    .slice(0, times.length)
    .map((frame, index) => ({ ...frame, atMs: (times[index] ?? 0) * 1_000 }));
}

/** By how much each frame is brighter than the median of the second before and after it. */
function rises(frames: Frame[]): number[] {
  let from = 0;
  let to = 0;
  return frames.map(({ atMs, mean }) => {
    while ((frames[from]?.atMs ?? atMs) < atMs - AROUND_MS) from += 1;
    while (to < frames.length && (frames[to]?.atMs ?? 0) <= atMs + AROUND_MS) to += 1;
    return mean - (median(frames.slice(from, to).map((frame) => frame.mean)) ?? mean);
  });
}

/** When flashes began: at the first frame that rises at least half as much as the brightest frame of the flash. */
export function findFlashes(frames: Frame[]): number[] {
  const rise = rises(frames);
  const flashes: number[] = [];
  for (let first = 0; first < frames.length; first += 1) {
    if ((rise[first] ?? 0) < FLASH_RISE) continue;
    let after = first;
    while (after < frames.length && (rise[after] ?? 0) >= FLASH_RISE) after += 1;
    const peak = Math.max(...rise.slice(first, after));
    const start = frames[first + rise.slice(first, after).findIndex((one) => one >= peak / 2)];
    const end = frames[after];
    // A bright stretch that lasts until the end of the recording may be a flash or not.
    if (start && end && end.atMs - start.atMs <= FLASH_MAX_MS) flashes.push(Math.round(start.atMs));
    first = after;
  }
  return flashes;
}

/** The longest time between two frames that follow each other, in ms. */
export function largestGapMs(frames: Frame[]): number {
  return Math.round(
    frames.reduce((largest, frame, index) => {
      const before = frames[index - 1];
      return before ? Math.max(largest, frame.atMs - before.atMs) : largest;
    }, 0),
  );
}
