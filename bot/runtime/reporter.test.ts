import type { ReportEntry, RuntimeCommand } from '@meeboter/domain/bot-protocol.ts';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { testLog } from '../testing/doubles.ts';
import { type FakeApi, type Fault, startFakeApi } from '../testing/fake-api.ts';
import { until } from '../testing/run-bot.ts';
import { ApiError, RuntimeApi } from './api.ts';
import { Reporter } from './reporter.ts';

const at = '2026-01-01T00:00:00.000Z';
const phase: ReportEntry = { kind: 'phase', at, phase: 'knocked' };
const log = (n: number): ReportEntry => ({ kind: 'log', at, level: 'info', message: `${n}` });
const messages = (api: FakeApi) =>
  api.entries.flatMap((entry) => (entry.kind === 'log' ? [Number(entry.message)] : []));

let api: FakeApi;
let reporter: Reporter;
const heard = { commands: [] as RuntimeCommand[], fenced: 0, renewed: [] as number[] };

async function start(options: { intervalMs?: number; send?: Reporter['flush'] } = {}): Promise<void> {
  api = await startFakeApi();
  Object.assign(heard, { commands: [], fenced: 0, renewed: [] });
  const runtime = new RuntimeApi(api.origin);
  reporter = new Reporter({
    send: (report, signal) => runtime.report('session', report, signal),
    attempt: 1,
    epoch: '7',
    intervalMs: options.intervalMs ?? 50,
    clock: systemClock,
    lease: { renew: (_sentAtMs, leaseMs) => heard.renewed.push(leaseMs) },
    log: testLog(),
    onCommands: (commands) => heard.commands.push(...commands),
    onFenced: () => {
      heard.fenced += 1;
    },
  });
}

afterEach(async () => {
  await reporter.stopReporting();
  await api.close();
});

test('every entry arrives once and in order, whatever the network does', async () => {
  await start({ intervalMs: 20 });
  const faults: Fault[] = [null, 'error', 'lose', null, 'refuse', 'lose', 'error'];
  api.fault = (_route, nth) => (nth < 40 ? (faults[nth % faults.length] ?? null) : null);
  reporter.startReporting();
  for (let n = 0; n < 700; n += 1) {
    reporter.add(log(n));
    if (n % 50 === 0) reporter.add(phase);
    if (n % 100 === 0) await until('a report', () => api.seqs.length > n / 200);
  }
  expect(await reporter.flush(AbortSignal.timeout(20_000))).toBe(true);
  expect(messages(api)).toEqual(Array.from({ length: 700 }, (_, n) => n));
  expect(api.seqs).toEqual(api.seqs.map((_, index) => index + 1));
});

test('beats when nothing happens, and renews the lease with every answer', async () => {
  await start();
  api.leaseMs = 900_000;
  reporter.startReporting();
  await until('three heartbeats answered', () => heard.renewed.length >= 3);
  expect(api.entries).toEqual([]);
  expect(heard.renewed.slice(0, 3)).toEqual([900_000, 900_000, 900_000]);
});

test('a status does not wait for the interval', async () => {
  await start({ intervalMs: 60_000 });
  reporter.startReporting();
  await until('the first heartbeat', () => api.seqs.length === 1);
  reporter.add({ kind: 'status', at, status: 'IN_CALL', sub_code: 'admitted' });
  await until('the status', () => api.statuses().length === 1, 1_000);
});

test('an entry that the API refuses does not block the others', async () => {
  await start();
  const runtime = new RuntimeApi(api.origin);
  const send = runtime.report.bind(runtime);
  runtime.report = send;
  const bad = { ...log(-1), level: 'nonsense' } as unknown as ReportEntry;
  await reporter.stopReporting();
  reporter = new Reporter({
    send: async (report, signal) => {
      if (report.entries.includes(bad)) throw new ApiError('bad', { status: 422, retryable: false });
      return send('session', report, signal);
    },
    ...{ attempt: 1, epoch: '7', intervalMs: 20, clock: systemClock, log: testLog() },
    lease: { renew: () => undefined },
    onCommands: () => undefined,
    onFenced: () => undefined,
  });
  for (const entry of [log(1), log(2), bad, log(3)]) reporter.add(entry);
  reporter.startReporting();
  expect(await reporter.flush(AbortSignal.timeout(10_000))).toBe(true);
  expect(messages(api)).toEqual([1, 2, 3]);
});

test('a fence ends it at once, and a flush with it', async () => {
  await start();
  reporter.startReporting();
  await until('a heartbeat', () => api.seqs.length > 0);
  api.fenced = true;
  reporter.add(phase);
  expect(await reporter.flush(AbortSignal.timeout(10_000))).toBe(false);
  expect(heard.fenced).toBe(1);
});

test('commands are handed on with every answer', async () => {
  await start();
  api.commands = [{ kind: 'leave', reason: 'user_requested' }];
  reporter.startReporting();
  await until('the command', () => heard.commands.length >= 2);
  expect(heard.commands[0]).toEqual({ kind: 'leave', reason: 'user_requested' });
});
