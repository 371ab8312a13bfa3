// The X display of one bot. The recording holds what this display shows.
import type { Readable } from 'node:stream';
import { type Child, startChild } from '../children.ts';

const START_TIMEOUT_MS = 15_000;

export interface Display {
  /** As in the environment variable DISPLAY, for example `:7`. */
  name: string;
  width: number;
  height: number;
  child: Child;
}

/** Starts Xvfb. It chooses a free display number itself, so that bots on one machine do not collide. Throws when it does not start within 15 s. */
export async function openDisplay(options: {
  width: number;
  height: number;
  env: Record<string, string>;
  signal: AbortSignal;
}): Promise<Display> {
  const { width, height, env, signal } = options;
  const child = startChild(
    'Xvfb',
    ['-displayfd', '3', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp', '-noreset'],
    { env, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] },
  );
  try {
    const number = await firstLine(child, AbortSignal.any([signal, AbortSignal.timeout(START_TIMEOUT_MS)]));
    return { name: `:${number}`, width, height, child };
  } catch (cause) {
    await child.stop();
    throw new Error(`Xvfb did not start: ${child.stderrTail() || String(cause)}`, { cause });
  }
}

function firstLine(child: Child, signal: AbortSignal): Promise<string> {
  const pipe = child.process.stdio[3] as Readable;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  pipe.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.includes('\n')) resolve(text.trim());
  });
  child.exited.then(({ code, error }) => reject(error ?? new Error(`exit code ${code}`)), reject);
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}
