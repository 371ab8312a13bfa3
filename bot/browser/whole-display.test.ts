// The recording shows the display, so nothing of the browser's own may be on it, whichever library drives it.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseEnv } from '../env.ts';
import { openDisplay } from '../recorder/display.ts';
import { grabFrame } from '../recorder/frame.ts';
import { testLog } from '../testing/doubles.ts';
import { openBrowser } from './browser.ts';

const [WIDTH, HEIGHT] = [800, 600];
let site: Server;
let folder: string;

beforeAll(async () => {
  site = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><body style="background: black">');
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  folder = await mkdtemp(join(tmpdir(), 'whole-display-'));
});
afterAll(async () => {
  site.close();
  await rm(folder, { recursive: true, force: true });
});

it.each(['playwright', 'puppeteer'] as const)(
  'a page that %s opens covers the display',
  async (library) => {
    const home = join(folder, library);
    await mkdir(home);
    const { childEnv, chromiumPath } = parseEnv(
      { ...process.env, MEEBOTER_API_URL: 'http://x', MEEBOTER_CLAIM_TOKEN: 'x' },
      'run_1',
    );
    const env = { ...childEnv, HOME: home, TMPDIR: home };
    const { signal } = new AbortController();
    const display = await openDisplay({ width: WIDTH, height: HEIGHT, env, signal });
    const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    const browser = await openBrowser({
      ...{ chromiumPath, display, env, sound: false, folder: home, log: testLog() },
      needs: { library, permissions: ['audioCapture'], flags: [] },
      allowedOrigins: [origin],
      onGone: () => undefined,
    });
    try {
      await browser.page.open(origin, 20_000);
      const { height } = await browser.page.size();
      expect(HEIGHT - height).toBeLessThanOrEqual(1);
      // Chromium paints a little later than it lays out.
      await expect.poll(() => lightRows(display, env), { timeout: 15_000, interval: 200 }).toEqual([]);
    } finally {
      await browser.close();
      await display.child.stop();
    }
  },
  60_000,
);

/** The rows of the display that are not black; the last one may be the browser's. */
async function lightRows(display: Parameters<typeof grabFrame>[0], env: Record<string, string>) {
  const frame = await grabFrame(display, env, 'gray');
  const rows = Array.from({ length: HEIGHT - 1 }, (_, row) =>
    frame.subarray(row * WIDTH, (row + 1) * WIDTH - 1).some((pixel) => pixel > 16) ? [row] : [],
  );
  return rows.flat();
}
