// The local platform with real processes.
import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { confirmStop } from '../../confirm-stop.ts';
import { describeContract } from '../testing/contract.ts';
import { createLocalPlatform } from './local.ts';
import { findRuntimeProcesses, signalProcess } from './processes.ts';

/** A bot program that starts a helper, as the bot does: with its environment, less the token. */
const PROGRAM = `
import { spawn } from 'node:child_process';
const { MEEBOTER_CLAIM_TOKEN, ...env } = process.env;
spawn('sleep', ['60'], { env, stdio: 'ignore' });
setInterval(() => undefined, 1_000);
process.on('SIGTERM', () => process.exit(0));
`;
const SPEC = {
  deploymentId: 'dep_of_the_test',
  botId: 'bot_1',
  attempt: 1,
  slot: { id: 'slt_1', number: 1, application: null },
  meetingPlatform: 'google-meet',
  apiUrl: 'http://127.0.0.1:9',
  claimToken: 'token',
  slotToken: 'slot token',
} as const;
const REF = { deploymentId: SPEC.deploymentId, externalRef: null, slot: SPEC.slot };
const { signal } = new AbortController();
const NOW = { patienceMs: 0, graceMs: 2_000, signal };

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'meeboter-local-'));
});
afterEach(async () => {
  for (const { pid } of await ours()) signalProcess(pid, 'SIGKILL');
  await rm(dir, { recursive: true, force: true });
});
/** The processes of this test's runtimes. */
const ours = async () => (await findRuntimeProcesses()).filter(({ workDir }) => workDir.startsWith(dir));

async function release(name: string) {
  const mainScript = join(dir, name);
  await writeFile(mainScript, PROGRAM);
  return createLocalPlatform({ runtimeDir: join(dir, 'runtimes'), mainScript });
}

it('finds, and stops, a bot that was started by the version before, from another folder', async () => {
  const [before, after] = [await release('version-1.mjs'), await release('version-2.mjs')];
  const pid = await before.start(SPEC, signal);
  try {
    expect(await after.observe(REF, signal)).toEqual({ state: 'running' });
    expect(await after.start(SPEC, signal)).toBe(pid);
    expect(await after.list(signal)).toEqual([{ ...REF, slot: null }]);
  } finally {
    expect(await confirmStop(after, REF, NOW)).toEqual({ state: 'gone' });
  }
  expect(await before.observe(REF, signal)).toEqual({ state: 'gone' });
  expect(await before.list(signal)).toEqual([]);
});

it('counts a bot as gone when only its helpers are left, and ends them with it', async () => {
  const platform = await release('bot.mjs');
  const [, pid] = (await platform.start(SPEC, signal)).split(':');
  await expect.poll(async () => (await ours()).map((it) => it.isMain).sort()).toEqual([false, true]);
  process.kill(Number(pid), 'SIGKILL');
  await expect.poll(() => platform.observe(REF, signal)).toEqual({ state: 'orphaned' });
  expect(await confirmStop(platform, REF, NOW)).toEqual({ state: 'gone' });
  expect(await platform.list(signal)).toEqual([]);
});

it('gives each bot a temporary folder of its own, and leaves nothing of it', async () => {
  const platform = await release('bot.mjs');
  await platform.start(SPEC, signal);
  const own = () => readdirSync(tmpdir()).filter((name) => name.includes(SPEC.deploymentId));
  expect(own()).toHaveLength(1);
  await writeFile(join(tmpdir(), own()[0] ?? '', 'left-by-a-killed-browser'), '');
  expect(await confirmStop(platform, REF, NOW)).toEqual({ state: 'gone' });
  expect(own()).toEqual([]);
});

it('sees nothing of another installation on the same machine', async () => {
  const first = await release('bot.mjs');
  const theirs = createLocalPlatform({ runtimeDir: join(dir, 'other'), mainScript: join(dir, 'bot.mjs') });
  await first.start(SPEC, signal);
  try {
    expect(await theirs.list(signal)).toEqual([]);
    expect(await theirs.observe(REF, signal)).toEqual({ state: 'gone' });
  } finally {
    expect(await confirmStop(first, REF, NOW)).toEqual({ state: 'gone' });
  }
});

describeContract('local', async () => {
  const home = await mkdtemp(join(tmpdir(), 'meeboter-local-'));
  const mainScript = join(home, 'bot.mjs');
  await writeFile(mainScript, PROGRAM);
  const open = async () => createLocalPlatform({ runtimeDir: join(home, 'runtimes'), mainScript });
  const processesOf = async (deploymentId: string) =>
    (await findRuntimeProcesses()).filter(
      (it) => it.workDir.startsWith(home) && it.deploymentId === deploymentId,
    );
  return {
    platform: await open(),
    restarted: open,
    running: async (id) => (await processesOf(id)).filter(({ isMain }) => isMain).length,
    async vanish(id) {
      // The program may start its helper after its processes were listed: until a list is empty, there may be one more.
      await expect
        .poll(
          async () => {
            const left = await processesOf(id);
            for (const { pid } of left) signalProcess(pid, 'SIGKILL');
            return left.length;
          },
          { timeout: 15_000 },
        )
        .toBe(0);
    },
    async close() {
      for (const it of await findRuntimeProcesses()) {
        if (it.workDir.startsWith(home)) signalProcess(it.pid, 'SIGKILL');
      }
      await rm(home, { recursive: true, force: true });
    },
  };
});
