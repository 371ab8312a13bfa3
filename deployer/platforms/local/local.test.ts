// The local platform with real processes.
import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
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
  apiUrl: 'http://127.0.0.1:9',
  claimToken: 'token',
};
const NOW = { patienceMs: 0, graceMs: 2_000, signal: new AbortController().signal };

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
  const pid = await before.start(SPEC);
  try {
    expect(await after.observe(SPEC.deploymentId)).toBe('running');
    expect(await after.start(SPEC)).toBe(pid);
    expect(await after.list()).toEqual([SPEC.deploymentId]);
  } finally {
    expect(await after.stop(SPEC.deploymentId, NOW)).toBe('gone');
  }
  expect(await before.observe(SPEC.deploymentId)).toBe('gone');
  expect(await before.list()).toEqual([]);
});

it('counts a bot as gone when only its helpers are left, and ends them with it', async () => {
  const platform = await release('bot.mjs');
  const [, pid] = (await platform.start(SPEC)).split(':');
  await expect.poll(async () => (await ours()).map((it) => it.isMain).sort()).toEqual([false, true]);
  process.kill(Number(pid), 'SIGKILL');
  await expect.poll(() => platform.observe(SPEC.deploymentId)).toBe('gone');
  expect(await platform.stop(SPEC.deploymentId, NOW)).toBe('gone');
  expect(await platform.list()).toEqual([]);
});

it('gives each bot a temporary folder of its own, and leaves nothing of it', async () => {
  const platform = await release('bot.mjs');
  await platform.start(SPEC);
  const own = () => readdirSync(tmpdir()).filter((name) => name.includes(SPEC.deploymentId));
  expect(own()).toHaveLength(1);
  await writeFile(join(tmpdir(), own()[0] ?? '', 'left-by-a-killed-browser'), '');
  expect(await platform.stop(SPEC.deploymentId, NOW)).toBe('gone');
  expect(own()).toEqual([]);
});

it('sees nothing of another installation on the same machine', async () => {
  const first = await release('bot.mjs');
  const theirs = createLocalPlatform({ runtimeDir: join(dir, 'other'), mainScript: join(dir, 'bot.mjs') });
  await first.start(SPEC);
  try {
    expect(await theirs.list()).toEqual([]);
    expect(await theirs.observe(SPEC.deploymentId)).toBe('gone');
  } finally {
    expect(await first.stop(SPEC.deploymentId, NOW)).toBe('gone');
  }
});
