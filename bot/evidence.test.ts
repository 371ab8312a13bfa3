import type { ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Evidence, sendEvidence } from './evidence.ts';
import { RuntimeApi } from './runtime/api.ts';
import { testLog } from './testing/doubles.ts';
import { type FakeApi, startFakeApi } from './testing/fake-api.ts';
import { until } from './testing/run-bot.ts';
import { Store } from './testing/store.ts';

const PIECE: Evidence = {
  at: '2026-11-26T12:00:00Z',
  purpose: 'page_html',
  contentType: 'text/html',
  body: Buffer.from('<p>it broke'),
};

let api: FakeApi;
let store: Store;
let port: number;

/** Starts a store that is unreachable, to which the API's URLs point. */
beforeEach(async () => {
  api = await startFakeApi();
  store = new Store();
  api.storeOrigin = await store.open();
  port = Number(new URL(api.storeOrigin).port);
  await store.close();
});
afterEach(async () => {
  await store.close();
  await api.close();
});

async function sendOne(): Promise<ReportEntry[]> {
  const runtime = new RuntimeApi(api.origin);
  const signal = AbortSignal.timeout(20_000);
  const entries: ReportEntry[] = [];
  await sendEvidence({
    evidence: [PIECE],
    label: 'page_lost',
    uploads: (request) => runtime.uploads('session', request, signal),
    report: (entry) => entries.push(entry),
    log: testLog(),
    signal,
  });
  return entries;
}

test('evidence arrives in a store that comes back on another port', async () => {
  const sent = sendOne();
  await until('a failed try', () => api.asked('uploads') >= 2);
  api.storeOrigin = await store.open();
  expect(await sent).toMatchObject([{ kind: 'evidence', label: 'page_lost' }]);
  expect(store.content().equals(PIECE.body)).toBe(true);
});

test('evidence arrives with the URL in hand while the API is away', async () => {
  api.fault = (route, nth) => (route === 'uploads' && nth > 1 ? 'lose' : null);
  const sent = sendOne();
  await until('a failed try', () => api.asked('uploads') >= 2);
  await store.open(port);
  expect(await sent).toMatchObject([{ kind: 'evidence', upload_id: 'file_1' }]);
  expect(store.content().equals(PIECE.body)).toBe(true);
});
