import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PART_MIN_BYTES } from '@meeboter/domain/bot-protocol.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { RuntimeApi } from '../runtime/api.ts';
import { testLog } from '../testing/doubles.ts';
import { type FakeApi, startFakeApi } from '../testing/fake-api.ts';
import { until } from '../testing/run-bot.ts';
import { type Failure, Store } from '../testing/store.ts';
import { PartUrls } from './part-urls.ts';
import { put } from './put.ts';
import { type UploadedPart, Uploader } from './uploader.ts';

let api: FakeApi;
let folder: string;
let told: UploadedPart[];
let inFlight: Map<string, number>;
let overlapped: boolean;

beforeEach(async () => {
  api = await startFakeApi();
  folder = await mkdtemp(join(tmpdir(), 'uploader-test-'));
  told = [];
  inFlight = new Map();
  overlapped = false;
});

afterEach(async () => {
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

/** On it the pauses of many seconds between two questions to the API pass within a test. */
const FAST_CLOCK = { ...systemClock, monotonicMs: () => performance.now() * 50 };

/** A busy machine may take a while for 5 MiB, so only a test of hanging uploads gives them up soon. */
function uploader(timeoutMs = 10_000): Uploader {
  const runtime = new RuntimeApi(api.origin);
  const never = new AbortController().signal;
  const it = new Uploader({
    urls: new PartUrls({
      ask: (request) => runtime.uploads('session', request, never),
      startedAt: new Date(),
      clock: FAST_CLOCK,
      log: testLog(),
    }),
    async put(url, body, options) {
      const { pathname } = new URL(url);
      if (inFlight.has(pathname)) overlapped = true;
      inFlight.set(pathname, body.length);
      try {
        return await put(url, body, { ...options, timeoutMs });
      } finally {
        inFlight.delete(pathname);
      }
    },
    onUploaded: (part) => told.push(part),
    spillFolder: join(folder, 'parts'),
    clock: systemClock,
    log: testLog(),
    growingEveryMs: 30,
    retryFirstMs: 10,
  });
  it.start();
  return it;
}

const chunk = (n: number, bytes = 256 * 1024) => Buffer.alloc(bytes, n % 251);

/** Pushes a stream of about `parts` parts; returns it. */
function pushAll(to: Uploader, parts: number): Buffer {
  const chunks = Array.from({ length: (parts * PART_MIN_BYTES) / (256 * 1024) }, (_, n) => chunk(n));
  chunks.push(chunk(7, 1000));
  chunks.forEach((one, n) => {
    to.push(one, n * 100);
  });
  to.end(99_000);
  return Buffer.concat(chunks);
}

test('a growing part is uploaded again under its number, then becomes final', async () => {
  const it = uploader();
  it.push(chunk(1), 1000);
  await until('a first upload', () => told.length === 1);
  it.push(chunk(2), 2000);
  await until('a second one', () => told.length === 2);
  expect(api.puts.map(({ part }) => part)).toEqual([1, 1]);
  expect(told.map(({ mediaMs }) => mediaMs)).toEqual([1000, 2000]);
  it.end(2100);
  const parts = await it.finish(AbortSignal.timeout(5_000));
  expect(parts).toMatchObject([{ number: 1, bytes: 512 * 1024, mediaMs: 2100 }]);
  expect(api.recording().length).toBe(512 * 1024);
});

test('errors, lost answers, expired URLs and hanging uploads cost no byte', async () => {
  const faults = ['error', null, 'lose', 'refuse', null, 'hang'] as const;
  api.fault = (route, nth) => {
    if (route === 'uploads') return nth % 3 === 0 ? 'error' : null;
    return nth < 24 ? (faults[nth % faults.length] ?? null) : null;
  };
  const it = uploader(500);
  const stream = pushAll(it, 6);
  const parts = await it.finish(AbortSignal.timeout(20_000));
  expect(parts?.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(api.recording().equals(stream)).toBe(true);
  expect(overlapped).toBe(false);
});

test('while S3 is away parts wait on disk; everything arrives afterwards, and the disk is free again', async () => {
  let away = true;
  api.fault = (route) => (route === 'put' && away ? 'error' : null);
  const it = uploader();
  const stream = pushAll(it, 9);
  const spilled = join(folder, 'parts');
  await until('spilled parts', async () => existsSync(spilled) && (await readdir(spilled)).length >= 5);
  away = false;
  expect(await it.finish(AbortSignal.timeout(20_000))).toHaveLength(10);
  expect(api.recording().equals(stream)).toBe(true);
  expect(await readdir(spilled)).toEqual([]);
});

test('goes on with the URLs in hand while the API is away', async () => {
  api.fault = (route, nth) => (route === 'uploads' && nth > 1 ? 'error' : null);
  const it = uploader();
  const stream = pushAll(it, 8);
  expect(await it.finish(AbortSignal.timeout(20_000))).toHaveLength(9);
  expect(api.recording().equals(stream)).toBe(true);
});

describe('a store that stops answering, while the API is away as well', () => {
  let store: Store;

  beforeEach(async () => {
    store = new Store();
    api.storeOrigin = await store.open();
  });
  afterEach(() => store.close());

  /** Uploads a first piece, then loses both. Returns the uploader, the piece and the store's port. */
  async function lost(timeoutMs?: number) {
    const it = uploader(timeoutMs);
    const first = chunk(3);
    it.push(first, 50);
    await until('a first upload', () => store.size === 1);
    let away = true;
    api.fault = (route) => (route === 'uploads' && away ? 'lose' : null);
    const port = Number(new URL(api.storeOrigin).port);
    await store.close();
    const restartApi = () => {
      away = false;
    };
    return { it, first, port, restartApi };
  }

  test.each<['refused' | Failure]>([['refused'], ['reset'], ['half'], ['silent'], ['unavailable']])(
    'and comes back on another port gets everything; the old port: %s',
    async (failure) => {
      const { it, first, port, restartApi } = await lost(failure === 'silent' ? 300 : undefined);
      const impostor = new Store();
      if (failure !== 'refused') await impostor.fail(port, failure);
      const stream = Buffer.concat([first, pushAll(it, 3)]);
      const asked = api.asked('uploads');
      await until('questions to the API that is away', () => api.asked('uploads') > asked + 1);
      api.storeOrigin = await store.open();
      restartApi();
      const parts = await it.finish(AbortSignal.timeout(20_000));
      await impostor.close();
      expect(parts?.length).toBeGreaterThan(2);
      expect(store.content().equals(stream)).toBe(true);
    },
  );

  test('and comes back on the same port gets everything with the URLs in hand', async () => {
    const { it, first, port } = await lost();
    const stream = Buffer.concat([first, pushAll(it, 3)]);
    const asked = api.asked('uploads');
    await until('a question to the API that is away', () => api.asked('uploads') > asked);
    await store.open(port);
    expect((await it.finish(AbortSignal.timeout(20_000)))?.length).toBeGreaterThan(2);
    expect(store.content().equals(stream)).toBe(true);
  });
});

test('gives up when the signal says so', async () => {
  api.fault = () => 'error';
  const it = uploader();
  pushAll(it, 2);
  expect(await it.finish(AbortSignal.timeout(100))).toBeNull();
});
