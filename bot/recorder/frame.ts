// Takes one frame of the display, apart from the recording: to check that the
// browser fills the display, and as evidence when the page does not answer.
import { startChild } from '../children.ts';
import { settledWithin } from '../clock.ts';
import type { Display } from './display.ts';

const GRAB_MS = 8_000;

/** What the display shows now, as PNG or as one byte of grey per pixel. Throws when there is no frame within 8 s. */
export async function grabFrame(
  display: Pick<Display, 'name' | 'width' | 'height'>,
  env: Record<string, string>,
  format: 'png' | 'gray',
): Promise<Buffer> {
  const output = format === 'png' ? ['-c:v', 'png'] : ['-pix_fmt', 'gray', '-c:v', 'rawvideo'];
  const size = `${display.width}x${display.height}`;
  const child = startChild(
    'ffmpeg',
    [
      ...['-hide_banner', '-loglevel', 'error', '-f', 'x11grab', '-draw_mouse', '0', '-video_size', size],
      ...['-i', display.name, '-frames:v', '1', ...output, '-f', 'image2pipe', 'pipe:1'],
    ],
    { env, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const chunks: Buffer[] = [];
  child.process.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = new Promise<void>((resolve) => child.process.once('close', () => resolve()));
  if (!(await settledWithin(closed, GRAB_MS)) || chunks.length === 0) {
    await child.stop(100);
    throw new Error(`no frame of ${display.name}: ${child.stderrTail() || 'ffmpeg did not answer'}`);
  }
  return Buffer.concat(chunks);
}

/** True when a white page reaches all four corners of a grey frame. Two pixels of border are allowed. */
export function isFilled(frame: Buffer, width: number, height: number): boolean {
  const inset = 2;
  const isWhite = (x: number, y: number) => (frame[y * width + x] ?? 0) > 200;
  const xs = [inset, width - 1 - inset];
  const ys = [inset, height - 1 - inset];
  return frame.length >= width * height && xs.every((x) => ys.every((y) => isWhite(x, y)));
}
