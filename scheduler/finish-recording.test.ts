// However the store behaves, a recording ends: ready, or failed with the reason and its parts kept.
import { createHash } from 'node:crypto';
import { createLog } from '@meeboter/chassis/log.ts';
import { openStorage, type Storage } from '@meeboter/chassis/storage.ts';
import { Prisma } from '@meeboter/prisma/generated/client.ts';
import { partSteps } from '@meeboter/prisma/sql/keep-parts.ts';
import { recordingsToFinish } from '@meeboter/prisma/sql/recordings-to-finish.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fragmentedMp4, played } from '../chassis/testing/fragmented-mp4.ts';
import { type OtherStore, startOtherStore } from '../chassis/testing/other-store.ts';
import { emptyPool, giveSlots } from '../e2e/support/empty-pool.ts';
import { handQueue } from '../e2e/support/hand-queue.ts';
import { insertBot } from '../e2e/support/rows.ts';
import { testSettings } from '../e2e/support/test-settings.ts';
import type { SchedulerContext } from './context.ts';
import { finishRecording } from './finish-recording.ts';

const pool = emptyPool();
const log = createLog({ level: 'silent' });
const KEY = 'recordings/1.mp4';
const FULL = 5 * 1024 * 1024;

let store: OtherStore;
let storage: Storage;
let context: SchedulerContext;
let botId: string;
let uploadId: string;
beforeEach(async () => {
  store = await startOtherStore();
  const settings = testSettings({ DATABASE_URL: pool.database.url, S3_ENDPOINT: store.endpoint });
  storage = openStorage(settings, { requestMs: 5_000 });
  context = { settings, log, db: pool.db, storage, jobs: handQueue() };
  botId = await insertBot(pool.database);
  await giveSlots(pool.db, { count: 1 });
  uploadId = await storage.createMultipart(KEY, 'video/mp4');
  await pool.database.query(
    `INSERT INTO recordings (id, bot_id, attempt, kind, key, upload_id, content_type, started_at)
     VALUES ('rec', $1, 1, 'video', $2, $3, 'video/mp4', now())`,
    [botId, KEY, uploadId],
  );
});
afterEach(async () => {
  storage.close();
  await store.stop();
});

/** A part of a minute that the store has and the runtime has reported. */
async function part(partNumber: number, content: number | Buffer): Promise<void> {
  const body = typeof content === 'number' ? Buffer.alloc(content, partNumber) : content;
  const bytes = body.length;
  const etag = `"${createHash('md5').update(body).digest('hex')}"`;
  store.uploads.get(uploadId)?.parts.set(partNumber, { etag, body });
  const reported = {
    recording_id: 'rec',
    part_number: partNumber,
    etag,
    bytes,
    media_ms: partNumber * 60_000,
  };
  await pool.db.$executeRaw`
    WITH bot AS (SELECT ${botId}::text AS bot_id, 1 AS attempt), ${partSteps(Prisma.sql`bot`, [reported])} SELECT 1`;
}

const recording = () => pool.db.recording.findUniqueOrThrow({ where: { id: 'rec' } });
const runtimeEnds = () => pool.database.query(`UPDATE deployments SET state = 'ended'`);
const gaps = async () => {
  const rows = await pool.db.recordingGap.findMany({
    where: { recordingId: 'rec' },
    orderBy: { atMs: 'asc' },
  });
  return rows.map(({ atMs, missingMs, reason }) => [atMs, missingMs, reason]);
};
const events = () =>
  pool.database.query<{ type: string; sub_code: string | null; payload: Record<string, unknown> }>(
    `SELECT type, sub_code, payload FROM events WHERE type LIKE 'recording.%' AND bot_id = $1`,
    [botId],
  );

const NEVER = new AbortController().signal;
const tryOnce = (stopping = NEVER) => finishRecording(context, 'rec', stopping);

/** Tries until it has ended, without its pauses. Returns how often it tried. */
async function finish(most = 20): Promise<number> {
  for (let tries = 1; tries <= most; tries += 1) {
    await tryOnce();
    if ((await recording()).status !== 'recording') return tries;
    await pool.database.query('UPDATE recordings SET finish_at = now()');
  }
  return most;
}

it('is made of the parts that had arrived', async () => {
  await part(1, FULL);
  await part(2, 7);
  await runtimeEnds();
  expect(await finish()).toBe(1);
  expect(await recording()).toMatchObject({
    status: 'ready',
    interrupted: true,
    bytes: BigInt(FULL + 7),
    durationMs: 120_000,
    subCode: null,
    detail: null,
  });
  expect(await events()).toMatchObject([
    { type: 'recording.ready', payload: { recording_id: 'rec', interrupted: true, duration_ms: 120_000 } },
  ]);
  // Once.
  await tryOnce();
  expect(await events()).toHaveLength(1);
});

it('is left alone while its runtime lives, and while somebody else is at it', async () => {
  await part(1, 9);
  store.asked.length = 0;
  expect(await recordingsToFinish(pool.db)).toEqual([]);
  await tryOnce();
  expect(store.asked).toEqual([]);
  await runtimeEnds();
  await Promise.all([1, 2, 3].map(() => tryOnce()));
  expect(store.asked.filter((it) => it === 'complete')).toHaveLength(1);
});

it('is finished although its runtime lives, when that says that all parts are there', async () => {
  await part(1, 9);
  await pool.database.query('UPDATE recordings SET delivered_at = now(), duration_ms = 61000');
  expect(await recordingsToFinish(pool.db)).toEqual(['rec']);
  await finish();
  expect(await recording()).toMatchObject({ status: 'ready', interrupted: false, durationMs: 61_000 });
});

describe('a part that is missing', () => {
  /** A film in four parts, of which the second is missing. */
  async function filmWithGap(): Promise<void> {
    store.minPartBytes = 1;
    const whole = fragmentedMp4(12);
    const bytes = Math.ceil(whole.length / 4);
    for (const number of [1, 2, 3, 4]) {
      await part(number, whole.subarray((number - 1) * bytes, number * bytes));
    }
    store.uploads.get(uploadId)?.parts.delete(2);
    await runtimeEnds();
  }
  const object = () => store.objects.get(KEY) ?? Buffer.alloc(0);
  async function expectMended(): Promise<void> {
    const { errors, times } = played(object());
    expect(errors).toBe('');
    expect(times.at(-1)).toBeGreaterThan(11);
    expect(await recording()).toMatchObject({
      status: 'ready',
      bytes: BigInt(object().length),
      durationMs: 240_000,
      detail: expect.stringMatching(/^Missing: part 2\. InvalidPart/),
    });
    expect(store.uploads.size).toBe(0);
    expect(await gaps()).toEqual([[60_000, 60_000, 'part_lost']]);
    expect(await events()).toMatchObject([
      { type: 'recording.gap', payload: { at_ms: 60_000, missing_ms: 60_000, reason: 'part_lost' } },
      { type: 'recording.ready' },
    ]);
  }

  it('is waited for, then left out: what follows plays, and the recording says what is missing', async () => {
    await filmWithGap();
    expect(await finish()).toBe(4);
    await expectMended();
  });

  it('and the process stops while the file is mended: the next one goes on at once', async () => {
    await filmWithGap();
    await finish(3);
    const stopping = new AbortController();
    store.fault = (operation) => {
      if (operation === 'part') stopping.abort();
      return null;
    };
    await tryOnce(stopping.signal);
    expect(await recording()).toMatchObject({
      status: 'recording',
      detail: expect.stringMatching('being mended'),
    });
    expect(await recordingsToFinish(pool.db)).toEqual(['rec']);
    store.fault = () => null;
    await tryOnce();
    await expectMended();
  });

  it('and the process dies when the file is mended: the next one finds it so', async () => {
    await filmWithGap();
    await finish(3);
    const { db } = context;
    // Its last word is lost.
    context = {
      ...context,
      db: Object.create(db, { $transaction: { value: () => Promise.reject(new Error('killed')) } }),
    };
    await expect(tryOnce()).rejects.toThrow('killed');
    context = { ...context, db };
    expect(await recordingsToFinish(pool.db)).toEqual([]);
    await pool.database.query('UPDATE recordings SET finish_at = now()');
    const mended = object();
    await tryOnce();
    expect(object()).toBe(mended);
    await expectMended();
  });

  it('in a file that cannot be mended: the recording ends before it', async () => {
    for (const number of [1, 2, 3, 4]) await part(number, FULL);
    store.uploads.get(uploadId)?.parts.delete(3);
    await runtimeEnds();
    await finish();
    expect(await recording()).toMatchObject({
      status: 'ready',
      bytes: BigInt(3 * FULL),
      durationMs: 120_000,
      detail: expect.stringMatching(/^It plays up to the first gap only\. Missing: part 3\./),
    });
    expect(await gaps()).toEqual([[120_000, 120_000, 'part_lost']]);
  });

  it('is used when it comes late', async () => {
    await part(1, FULL);
    await part(2, 8);
    const parts = store.uploads.get(uploadId)?.parts;
    const late = parts?.get(2);
    parts?.delete(2);
    await runtimeEnds();
    await finish(2);
    expect(await recording()).toMatchObject({
      status: 'recording',
      detail: expect.stringMatching('InvalidPart'),
    });
    if (late) parts?.set(2, late);
    await finish();
    expect(await recording()).toMatchObject({ status: 'ready', bytes: BigInt(FULL + 8), detail: null });
  });
});

describe('a store that', () => {
  it('refuses for good: failed in its own words, and nothing is deleted', async () => {
    store.equalParts = true;
    for (const number of [1, 2, 3, 4, 5]) await part(number, FULL + number);
    await runtimeEnds();
    expect(await finish()).toBe(8);
    expect(await recording()).toMatchObject({
      status: 'failed',
      subCode: 'parts_refused',
      detail: 'InvalidPart: as InvalidPart is said (HTTP 400)',
      bytes: BigInt(5 * FULL + 15),
    });
    expect(store.uploads.get(uploadId)?.parts.size).toBe(5);
    expect(await events()).toMatchObject([
      {
        type: 'recording.failed',
        sub_code: 'parts_refused',
        payload: { detail: 'InvalidPart: as InvalidPart is said (HTTP 400)' },
      },
    ]);
  });

  it('cannot now is asked again after growing pauses, in every process the same', async () => {
    await part(1, 9);
    await runtimeEnds();
    store.fault = () => 'slow_down';
    const pauses: number[] = [];
    for (let tries = 0; tries < 4; tries += 1) {
      await tryOnce();
      // Not its turn yet.
      const { length } = store.asked;
      await tryOnce();
      expect(store.asked).toHaveLength(length);
      expect(await recordingsToFinish(pool.db)).toEqual([]);
      const [row] = await pool.database.query<{ ms: number }>(
        'SELECT extract(epoch FROM finish_at - now()) * 1000 AS ms FROM recordings',
      );
      pauses.push(Number(row?.ms));
      await pool.database.query(
        'UPDATE recordings SET finish_at = now(), finish_since = finish_since - (finish_at - now())',
      );
    }
    expect(pauses[0]).toBeGreaterThan(1_000);
    for (const [index, ms] of [2_000, 4_000, 8_000].entries()) {
      expect(pauses[index + 1]).toBeGreaterThan(ms - 1_000);
      // Real time passes too.
      expect(pauses[index + 1]).toBeLessThan(ms + 8_000);
    }
    expect(await recording()).toMatchObject({
      status: 'recording',
      detail: expect.stringMatching('SlowDown'),
    });
    store.fault = () => null;
    await finish();
    expect(await recording()).toMatchObject({ status: 'ready', detail: null });
  });

  it('was away for long has its time to show everything, all the same', async () => {
    await part(1, FULL);
    await part(2, 8);
    await runtimeEnds();
    store.fault = () => 'slow_down';
    await finish(9);
    store.fault = () => null;
    const parts = store.uploads.get(uploadId)?.parts;
    const late = parts?.get(2);
    parts?.delete(2);
    await finish(2);
    expect(await recording()).toMatchObject({ status: 'recording' });
    if (late) parts?.set(2, late);
    await finish();
    expect(await recording()).toMatchObject({ status: 'ready', bytes: BigInt(FULL + 8) });
  });

  it('hangs while the process stops: another one tries at once', async () => {
    await part(1, 9);
    await runtimeEnds();
    store.fault = () => 'hang';
    await tryOnce(AbortSignal.timeout(50));
    expect(await recordingsToFinish(pool.db)).toEqual(['rec']);
  });

  it('is away for too long: failed, and nothing is deleted', async () => {
    await part(1, 9);
    await runtimeEnds();
    store.fault = () => ({ code: 'AccessDenied', status: 403 });
    await finish(9);
    expect(await recording()).toMatchObject({ status: 'recording' });
    const hours = context.settings.RECORDING_FINISH_TIMEOUT_MS / 3_600_000;
    await pool.database.query(`UPDATE recordings SET finish_since = now() - $1 * interval '1 hour'`, [hours]);
    await finish(1);
    expect(await recording()).toMatchObject({
      status: 'failed',
      subCode: 'store_unavailable',
      detail: expect.stringMatching('AccessDenied'),
    });
    expect(store.uploads.get(uploadId)?.parts.size).toBe(1);
  });

  it('has deleted the upload: failed', async () => {
    await part(1, 9);
    await runtimeEnds();
    store.uploads.clear();
    await finish();
    expect(await recording()).toMatchObject({ status: 'failed', subCode: 'upload_gone' });
  });

  it('has completed it already: ready', async () => {
    await part(1, 9);
    await runtimeEnds();
    store.fault = (operation, nth) => (operation === 'complete' && nth <= 2 ? 'lost' : null);
    await finish();
    expect(await recording()).toMatchObject({ status: 'ready', bytes: 9n, durationMs: 60_000 });
  });
});

it('of which nothing arrived is failed at once; not one of which something was reported', async () => {
  await runtimeEnds();
  expect(await finish()).toBe(1);
  expect(await recording()).toMatchObject({ status: 'failed', subCode: 'nothing_arrived', bytes: 0n });
  expect(store.uploads.size).toBe(0);
  uploadId = await storage.createMultipart(KEY, 'video/mp4');
  await pool.database.query(
    `UPDATE recordings SET status = 'recording', finish_tries = 0, finish_at = NULL, completed_at = NULL, upload_id = $1`,
    [uploadId],
  );
  await part(1, 9);
  store.unlisted = [1];
  store.uploads.get(uploadId)?.parts.clear();
  await finish(1);
  expect(await recording()).toMatchObject({ status: 'recording' });
  expect(store.uploads.size).toBe(1);
});

it('grows in bytes and length with every report, a part that is uploaded again counted once', async () => {
  const sizes: [number, number][] = [];
  for (const [number, bytes] of [
    [1, 3],
    [1, 5],
    [2, 4],
    [2, 9],
    [2, 2],
  ] as const) {
    await part(number, bytes);
    const { bytes: known, durationMs } = await recording();
    sizes.push([Number(known), durationMs ?? 0]);
  }
  expect(sizes).toEqual([
    [3, 60_000],
    [5, 60_000],
    [9, 120_000],
    [14, 120_000],
    [7, 120_000],
  ]);
});
