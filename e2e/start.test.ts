// `npm start` as a new user runs it, in a process and a home folder of its own. The demo runs to its end, a
// second start continues with the data of the first, and Ctrl-C leaves nothing running.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort } from '../infra/embedded/free-port.ts';
import { eventually } from './support/eventually.ts';
import { GOOD_LIFE } from './support/world.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'meeboter-home-'));
const apiPort = await freePort();
const labPort = await freePort();
const running: ChildProcess[] = [];

interface Started {
  process: ChildProcess;
  /** Its output so far. */
  text(): string;
  /** Its exit code. */
  ended: Promise<number | null>;
}

function run(env: Record<string, string>, args = ['start.ts']): Started {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      MEEBOTER_HOME: home,
      API_PORT: String(apiPort),
      LAB_PORT: String(labPort),
      ...env,
    },
  });
  running.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  return {
    process: child,
    text: () => text,
    ended: once(child, 'exit').then(([code]) => code as number | null),
  };
}

const printed = (started: Started, what: RegExp, deadlineMs = 60_000) =>
  eventually(`the start prints ${what}`, () => started.text().match(what), {
    deadlineMs,
    seen: started.text,
  });

/** Processes that have this folder in their command line or environment. */
function processesOf(dir: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const text = command + readFileSync(`/proc/${pid}/environ`, 'utf8');
        return text.includes(dir) ? [`${pid} ${command}`] : [];
      } catch {
        return [];
      }
    });
}

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
});

describe('npm start', () => {
  let key = '';

  it('shows the demo bot’s life and its recording; Ctrl-C leaves nothing running', async () => {
    const started = run({});
    key = (await printed(started, /API key\s+(mbk_\w+)/))[1] ?? '';
    await printed(started, /Lab meeting\s+http:\/\/127\.0\.0\.1:\d+\/[a-z-]+/);

    const second = run({});
    expect(await second.ended).toBe(1);
    expect(second.text()).toMatch(/running in this folder already, as process \d+/);

    await printed(started, /DONE\s+finished/, 150_000);
    const steps = [...started.text().matchAll(/^ {2}[\d:.]{12} {2}([A-Z_]+)/gm)].map((match) => match[1]);
    expect(steps).toEqual(GOOD_LIFE);
    const recording = await printed(started, /Recording: ([\d.]+) s, ([\d.]+) MiB \(ready\)\s+(http\S+)/);
    expect(Number(recording[1])).toBeGreaterThan(10);
    expect((await fetch(recording[3] ?? '')).headers.get('content-type')).toBe('video/mp4');
    await printed(started, /Participants: Ada Park \(spoke [\d.]+ s\), Bruno Keller/);
    await printed(started, /Ctrl-C stops it/);

    started.process.kill('SIGINT');
    expect(await started.ended).toBe(0);
    await eventually('nothing is left running', () => processesOf(home).length === 0, {
      deadlineMs: 5_000,
      seen: () => processesOf(home),
    });
  }, 240_000);

  it('continues after a restart; a bot in the call at Ctrl-C has left and has its recording', async () => {
    const started = run({ MEEBOTER_DEMO: 'false' });
    expect((await printed(started, /API key\s+(mbk_\w+)/))[1]).toBe(key);
    const meeting = (await printed(started, /Lab meeting\s+(http\S+)/))[1] ?? '';
    const api = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(`http://127.0.0.1:${apiPort}${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      return (await response.json()) as { id: string; status: string; data: { status: string }[] };
    };
    expect((await api('GET', '/v1/bots')).data.map((bot) => bot.status)).toEqual(['DONE']);

    const bot = await api('POST', '/v1/bots', { meeting_url: meeting });
    await eventually(
      'the bot is in the call',
      async () => (await api('GET', `/v1/bots/${bot.id}`)).status === 'IN_CALL',
      {
        deadlineMs: 60_000,
      },
    );
    started.process.kill('SIGINT');
    expect(await started.ended).toBe(0);
    await eventually('nothing is left running', () => processesOf(home).length === 0, {
      seen: () => processesOf(home),
    });

    const again = run({ MEEBOTER_DEMO: 'false' });
    await printed(again, /Ctrl-C stops it/);
    const after = (await api('GET', `/v1/bots/${bot.id}`)) as unknown as {
      status: string;
      end_reason: string;
    };
    expect(after).toMatchObject({ status: 'DONE', end_reason: 'shutdown' });
    expect((await api('GET', `/v1/bots/${bot.id}/recordings`)).data.map((it) => it.status)).toEqual([
      'ready',
    ]);
    again.process.kill('SIGTERM');
    expect(await again.ended).toBe(0);
  }, 180_000);

  it('names a port that is in use, and leaves nothing running', async () => {
    const taken = createServer().listen(apiPort, '127.0.0.1');
    await once(taken, 'listening');
    const started = run({});
    expect(await started.ended).toBe(1);
    expect(started.text()).toContain(`Port ${apiPort} is in use by another program`);
    taken.close();
    await eventually('nothing is left running', () => processesOf(home).length === 0, {
      seen: () => processesOf(home),
    });
  }, 60_000);

  it('lists every invalid setting before it starts anything', async () => {
    const started = run({ API_PORT: 'many', LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://x' });
    expect(await started.ended).toBe(1);
    for (const name of ['API_PORT', 'LOG_LEVEL', 'DATABASE_URL']) expect(started.text()).toContain(name);
    expect(started.text()).not.toContain('    at ');
  });
});

describe('the bootstrap', () => {
  it('names missing system packages and the command to install them, and installs nothing when told not to', async () => {
    const bare = mkdtempSync(join(tmpdir(), 'meeboter-path-'));
    symlinkSync(process.execPath, join(bare, 'node'));
    const started = run({ PATH: bare, MEEBOTER_NO_INSTALL: '1', CHROMIUM_PATH: process.execPath }, [
      'scripts/bootstrap.mjs',
      'start',
    ]);
    expect(await started.ended).toBe(1);
    expect(started.text()).toMatch(/sudo apt-get install -y --no-install-recommends xvfb pulseaudio ffmpeg/);
    rmSync(bare, { recursive: true });
  });

  it('refuses a CHROMIUM_PATH without a program', async () => {
    const started = run({ CHROMIUM_PATH: '/nowhere/chromium' }, ['scripts/bootstrap.mjs', 'start']);
    expect(await started.ended).toBe(1);
    expect(started.text()).toContain('CHROMIUM_PATH: there is no program at /nowhere/chromium');
  });
});
