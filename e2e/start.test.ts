// What a stranger types: `npm start`, as a process of its own with a home of its
// own. The demo goes through, and Ctrl-C leaves nothing running.
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startHome } from './support/start.ts';
import { GOOD_LIFE } from './support/world.ts';

const home = await startHome();
afterAll(() => home.remove());

describe('npm start', () => {
  it('shows a demo bot’s whole life and what it recorded; Ctrl-C leaves nothing running', async () => {
    const started = home.run();
    await started.says(/API key\s+mbk_\w+/);
    await started.says(/Lab meeting\s+http:\/\/127\.0\.0\.1:\d+\/[a-z-]+/);

    const second = home.run();
    expect(await second.ended).toBe(1);
    expect(second.text()).toMatch(/running in this folder already, as process \d+/);

    await started.says(/DONE\s+finished/, 150_000);
    const steps = [...started.text().matchAll(/^ {2}[\d:.]{12} {2}([A-Z_]+)/gm)].map((match) => match[1]);
    expect(steps).toEqual(GOOD_LIFE);
    const recording = await started.says(/Recording: ([\d.]+) s, ([\d.]+) MiB \(ready\)\s+(http\S+)/);
    expect(Number(recording[1])).toBeGreaterThan(10);
    expect((await fetch(recording[3] ?? '')).headers.get('content-type')).toBe('video/mp4');
    await started.says(/Participants: Ada Park \(spoke [\d.]+ s\), Bruno Keller/);
    await started.says(/Ctrl-C stops it/);

    started.process.kill('SIGINT');
    expect(await started.ended).toBe(0);
    await home.untilNothingRuns(5_000);
  }, 240_000);

  it('says which port is in use, by which program, and leaves nothing running', async () => {
    const taken = createServer().listen(home.apiPort, '127.0.0.1');
    await once(taken, 'listening');
    const started = home.run();
    expect(await started.ended).toBe(1);
    expect(started.text()).toContain(`Port ${home.apiPort} is in use by another program: `);
    expect(started.text()).toContain(`(process ${process.pid}). End it, or set API_PORT to a free port.`);
    await taken[Symbol.asyncDispose]();
    await home.untilNothingRuns();
  }, 60_000);

  it('lists everything that is wrong with the environment before it starts anything', async () => {
    const started = home.run({ API_PORT: 'many', LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://x' });
    expect(await started.ended).toBe(1);
    for (const name of ['API_PORT', 'LOG_LEVEL', 'DATABASE_URL']) expect(started.text()).toContain(name);
    expect(started.text()).not.toContain('    at ');
  });
});

describe('the bootstrap', () => {
  it('names missing system packages and the command that brings them, and installs nothing unasked', async () => {
    const bare = mkdtempSync(join(tmpdir(), 'meeboter-path-'));
    symlinkSync(process.execPath, join(bare, 'node'));
    const env = { PATH: bare, MEEBOTER_NO_INSTALL: '1', CHROMIUM_PATH: process.execPath };
    const started = home.run(env, [process.execPath, 'scripts/bootstrap.mjs', 'start']);
    expect(await started.ended).toBe(1);
    expect(started.text()).toMatch(/sudo apt-get install -y --no-install-recommends xvfb pulseaudio ffmpeg/);
    rmSync(bare, { recursive: true });
  });

  it('does not take a browser that is not there', async () => {
    const env = { CHROMIUM_PATH: '/nowhere/chromium' };
    const started = home.run(env, [process.execPath, 'scripts/bootstrap.mjs', 'start']);
    expect(await started.ended).toBe(1);
    expect(started.text()).toContain('CHROMIUM_PATH: there is no program at /nowhere/chromium');
  });
});
