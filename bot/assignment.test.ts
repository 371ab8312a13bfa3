// The program as a slot's container runs it, against an API that has one bot.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ASSIGNMENT_PATH, CLAIM_PATH } from '@meeboter/domain/bot-protocol.ts';
import { afterEach, expect, test } from 'vitest';
import { until } from './testing/run-bot.ts';

const workDir = mkdtempSync(join(tmpdir(), 'bot-slot-'));
const requests: string[] = [];
const server = createServer((request, response) => {
  requests.push(`${request.url} ${request.headers.authorization}`);
  const asked = requests.filter((it) => it.startsWith(ASSIGNMENT_PATH)).length;
  // The first time there is no bot yet. Its claim is lost to another runtime.
  const isAnswered = request.url === ASSIGNMENT_PATH && asked > 1;
  response.statusCode = isAnswered ? 200 : request.url === CLAIM_PATH ? 409 : 404;
  response.end(isAnswered ? '{"claim_token":"the claim token"}' : '{}');
});
const running = new Set<ReturnType<typeof spawn>>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  server.close();
  rmSync(workDir, { recursive: true, force: true });
});

function start() {
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    env: {
      ...{ PATH: process.env.PATH, CHROMIUM_PATH: process.execPath, MEEBOTER_WORK_DIR: workDir },
      MEEBOTER_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ...{ MEEBOTER_SLOT_ID: 'slt_1', MEEBOTER_SLOT_TOKEN: 'the slot token' },
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  const exited = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  return { child, exited, output: () => output };
}

test('waits for its bot, claims it, and sleeps when its container is started again', async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const first = start();
  expect(await first.exited).toBe(0);
  expect(requests).toEqual([
    ...Array(2).fill(`${ASSIGNMENT_PATH} Bearer the slot token`),
    `${CLAIM_PATH} Bearer the claim token`,
  ]);
  expect(first.output()).not.toContain('token":"the');

  const again = start();
  await until('it sleeps', () => again.output().includes('asleep'));
  again.child.kill('SIGTERM');
  expect(await again.exited).toBe(0);
  expect(requests).toHaveLength(3);
});
