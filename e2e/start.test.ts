// What a stranger types: `npm start`, as a process of its own with a home of its
// own. The demo goes through, a second start finds what the first one left, and
// Ctrl-C leaves nothing running.
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
  /** All it has printed so far. */
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

const says = (started: Started, what: RegExp, deadlineMs = 60_000) =>
  eventually(`the start says ${what}`, () => started.text().match(what), { deadlineMs, seen: started.text });

/** Processes that carry our home in their command or their environment. */
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

  it('shows a demo bot’s whole life and what it brought home; Ctrl-C leaves nothing running', async () => {
    const started = run({});
    key = (await says(started, /API key\s+(mbk_\w+)/))[1] ?? '';
    await says(started, /Lab meeting\s+http:\/\/127\.0\.0\.1:\d+\/[a-z-]+/);

    const second = run({});
    expect(await second.ended).toBe(1);
    expect(second.text()).toMatch(/running in this folder already, as process \d+/);

    await says(started, /DONE\s+finished/, 150_000);
    const steps = [...started.text().matchAll(/^ {2}[\d:.]{12} {2}([A-Z_]+)/gm)].map((match) => match[1]);
    expect(steps).toEqual(GOOD_LIFE);
    const recording = await says(started, /Recording: ([\d.]+) s, ([\d.]+) MiB \(ready\)\s+(http\S+)/);
    expect(Number(recording[1])).toBeGreaterThan(10);
    expect((await fetch(recording[3] ?? '')).headers.get('content-type')).toBe('video/mp4');
    await says(started, /Participants: Ada Park \(spoke [\d.]+ s\), Bruno Keller/);
    await says(started, /Ctrl-C stops it/);

    started.process.kill('SIGINT');
    expect(await started.ended).toBe(0);
    await eventually('nothing is left running', () => processesOf(home).length === 0, {
      deadlineMs: 5_000,
      seen: () => processesOf(home),
    });
  }, 240_000);

  it('starts again where it left off, with a bot in the call when Ctrl-C comes', async () => {
    const started = run({ MEEBOTER_DEMO: 'false' });
    expect((await says(started, /API key\s+(mbk_\w+)/))[1]).toBe(key);
    const meeting = (await says(started, /Lab meeting\s+(http\S+)/))[1] ?? '';
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
    await says(again, /Ctrl-C stops it/);
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

  it('says which port is in use, and leaves nothing running', async () => {
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

  it('lists everything that is wrong with the environment before it starts anything', async () => {
    const started = run({ API_PORT: 'many', LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://x' });
    expect(await started.ended).toBe(1);
    for (const name of ['API_PORT', 'LOG_LEVEL', 'DATABASE_URL']) expect(started.text()).toContain(name);
    expect(started.text()).not.toContain('    at ');
  });
});

describe('the bootstrap', () => {
  it('names missing system packages and the command that brings them, and installs nothing unasked', async () => {
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

  it('does not take a browser that is not there', async () => {
    const started = run({ CHROMIUM_PATH: '/nowhere/chromium' }, ['scripts/bootstrap.mjs', 'start']);
    expect(await started.ended).toBe(1);
    expect(started.text()).toContain('CHROMIUM_PATH: there is no program at /nowhere/chromium');
  });
});
