// What the judge sees: every frame as a small gray picture.
import { runTool } from './ffmpeg.ts';
import { median } from './numbers.ts';

const WIDTH = 64;
const HEIGHT = 36;
const FRAME_BYTES = WIDTH * HEIGHT;

/** A frame is black when its mean and its brightest spot are below these (video black is 16). */
const BLACK_MEAN = 24;
const BLACK_PEAK = 48;

/** A flash is this much brighter (mean of the whole picture) than the second around it … */
const FLASH_RISE = 8;
/** … and as short as this; longer is a change of layout. */
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

/** Every frame that can be decoded, in order, with its time from the start of the recording. */
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
  // showinfo tells the times that raw pictures cannot carry.
  const times = [...messages.matchAll(/showinfo.*? n: *\d+ .*?pts_time:(-?[\d.]+)/g)].map((match) =>
    Number(match[1]),
  );
  return frames
    .slice(0, times.length)
    .map((frame, index) => ({ ...frame, atMs: (times[index] ?? 0) * 1_000 }));
}

/** How much each frame is brighter than the median of the second before and after it. */
function rises(frames: Frame[]): number[] {
  let from = 0;
  let to = 0;
  return frames.map(({ atMs, mean }) => {
    while ((frames[from]?.atMs ?? atMs) < atMs - AROUND_MS) from += 1;
    while (to < frames.length && (frames[to]?.atMs ?? 0) <= atMs + AROUND_MS) to += 1;
    return mean - (median(frames.slice(from, to).map((frame) => frame.mean)) ?? mean);
  });
}

/** When flashes began: at the first frame that is half as bright as the flash's brightest. */
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
    // One that the recording's end cuts off may be anything.
    if (start && end && end.atMs - start.atMs <= FLASH_MAX_MS) flashes.push(Math.round(start.atMs));
    first = after;
  }
  return flashes;
}

/** The longest time without a new frame. */
export function largestGapMs(frames: Frame[]): number {
  return Math.round(
    frames.reduce((largest, frame, index) => {
      const before = frames[index - 1];
      return before ? Math.max(largest, frame.atMs - before.atMs) : largest;
    }, 0),
  );
}
