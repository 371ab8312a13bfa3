// The pool with platforms that misbehave: full, without answers, or with runtimes that belong to no deployment.
import { openStorage } from '@meeboter/chassis/storage.ts';
import { finishRecordingJob } from '@meeboter/scheduler/inbox.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from './support/eventually.ts';
import { type PlatformDouble, platformDouble } from './support/platform-double.ts';
import { startWorld, type World } from './support/world.ts';

const MEETING = 'https://meet.google.com/abc-defg-hij';
let world: World;
let aws: PlatformDouble;
let k8s: PlatformDouble;

beforeEach(async () => {
  aws = platformDouble();
  k8s = platformDouble();
  world = await startWorld({
    platforms: { aws, k8s },
    reconcileEveryMs: 300,
    env: { PLATFORM_PRIORITY: 'aws,k8s', AWS_BOT_LIMIT: '3', K8S_BOT_LIMIT: '3' },
  });
});
afterEach(async () => {
  await world.close();
});

const book = (body: Record<string, unknown> = {}) => world.book({ meeting_url: MEETING, ...body });
const slots = () =>
  world.database.query<{ state: string; bot_id: string | null; deployment_platform: string }>(
    'SELECT state, bot_id, deployment_platform FROM bot_pool_slots',
  );
const allIdle = () =>
  eventually('every slot is idle', async () => (await slots()).every((slot) => slot.state === 'idle'));
const deployed = async (count: number) =>
  eventually(`${count} run`, () => aws.running.size + k8s.running.size === count);

describe('limits', () => {
  it('hold per platform, in the order of priority; the other bots are queued', async () => {
    const bots = [];
    for (let n = 0; n < 8; n += 1) bots.push(await book());
    await deployed(6);
    expect([aws.running.size, k8s.running.size]).toEqual([3, 3]);
    const views = await Promise.all(bots.map((bot) => world.bot(bot.id)));
    expect(views.map((view) => view.queue_position)).toEqual([...Array(6).fill(null), 1, 2]);
    // A later booking goes ahead in the queue only with a higher priority.
    const urgent = await book({ priority: 10 });
    await eventually(
      'the urgent bot is first in the queue',
      async () => (await world.bot(urgent.id)).queue_position === 1,
    );
    for (const bot of [...bots, urgent]) await world.call('DELETE', `/v1/bots/${bot.id}`);
    await allIdle();
    expect(aws.running.size + k8s.running.size).toBe(0);
  });

  it('a bot whose queue timeout passes ends', async () => {
    aws.room = 0;
    k8s.room = 0;
    const bot = await book({ queue_timeout_ms: 1_500 });
    const fatal = await world.untilStatus(bot.id, ['FATAL']);
    expect(fatal).toMatchObject({ sub_code: 'queue_timeout', reason: { category: 'capacity' } });
    await allIdle();
  });
});

describe('a platform that is full', () => {
  it('hands its bots on to the next one, without loss of queue position or attempts', async () => {
    aws.room = 1;
    const bots = [];
    for (let n = 0; n < 4; n += 1) bots.push(await book());
    await deployed(4);
    expect([aws.running.size, k8s.running.size]).toEqual([1, 3]);
    const refused = await world.database.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM events WHERE sub_code = 'platform_full'`,
    );
    expect(refused[0]?.n).toBeGreaterThan(0);
    for (const bot of bots) expect((await world.bot(bot.id)).status).toBe('DEPLOYING');
  });

  it('is tried again', async () => {
    aws.room = 0;
    k8s.room = 0;
    const bot = await book();
    await eventually('both platforms have refused', () => aws.asked.start > 0 && k8s.asked.start > 0);
    k8s.room = 1;
    await eventually('a runtime runs', () => k8s.running.size === 1);
    expect((await world.bot(bot.id)).status).toBe('DEPLOYING');
  });
});

describe('a platform that does not know', () => {
  it('`unknown` changes nothing; `gone` starts a new attempt', async () => {
    const bot = await book();
    await deployed(1);
    aws.says.observe = 'unknown';
    await world.database.query(`UPDATE bot_pool_slots SET lease_expires_at = now() - interval '1 s'`);
    await eventually('it was checked several times', () => aws.asked.observe >= 3);
    expect(await world.bot(bot.id)).toMatchObject({ status: 'DEPLOYING', attempt: 1 });
    aws.says.observe = 'gone';
    await eventually('a new attempt', async () => (await world.bot(bot.id)).attempt === 2);
  });

  it('a bot that no runtime can join for any more goes on elsewhere; its slot waits for the confirmation', async () => {
    const bot = await book();
    await deployed(1);
    aws.says = { observe: 'gone', stop: 'fault' };
    await world.database.query(
      `INSERT INTO bot_pool_platforms (deployment_platform, drained_at) VALUES ('aws', now())
       ON CONFLICT (deployment_platform) DO UPDATE SET drained_at = now()`,
    );
    await world.database.query(`UPDATE bot_pool_slots SET lease_expires_at = now() - interval '1 s'`);
    await eventually('a stop was requested', () => aws.asked.stop > 0);
    expect((await world.bot(bot.id)).status).toBe('DEPLOYING');
    aws.says = { observe: 'unknown', stop: 'fault' };
    await world.database.query(
      `UPDATE bot_pool_slots SET draining_at = draining_at - interval '1 min' WHERE draining_at IS NOT NULL`,
    );
    await eventually('the bot runs on the other platform', () => k8s.running.size === 1);
    expect(await world.bot(bot.id)).toMatchObject({ status: 'DEPLOYING' });
    const inError = (await slots()).filter(({ state }) => state === 'error');
    expect(inError).toMatchObject([{ deployment_platform: 'aws', bot_id: null }]);

    const stopsBefore = aws.asked.stop;
    const recoverNow = `UPDATE bot_pool_slots SET recover_at = now() WHERE state = 'error'`;
    await world.database.query(recoverNow);
    await eventually('the stop was requested again', async () => {
      const [slot] = await world.database.query<{ recovery_attempts: number }>(
        `SELECT recovery_attempts FROM bot_pool_slots WHERE state = 'error'`,
      );
      return aws.asked.stop > stopsBefore && slot?.recovery_attempts === 1;
    });
    aws.says = {};
    await world.database.query(recoverNow);
    await eventually('the slot is idle', async () =>
      (await slots()).every(
        ({ state, deployment_platform }) => state === 'idle' || deployment_platform === 'k8s',
      ),
    );
    expect(k8s.running.size).toBe(1);
    const tried = await world.call('GET', `/v1/bots/${bot.id}/deployments`);
    expect(tried.body).toMatchObject({
      data: [
        { attempt: 1, platform: 'aws', state: 'ended', sub_code: 'launch_failed', passed_over: null },
        { attempt: 2, platform: 'k8s', state: 'started', passed_over: 'aws: drained' },
      ],
    });
  });
});

describe('a recording of a bot whose stop is never confirmed', () => {
  it('is finished from what arrived, once its runtime’s lease has expired', async () => {
    const bot = await book();
    await deployed(1);
    const storage = openStorage(world.settings);
    const uploadId = await storage.createMultipart('recordings/1.mp4', 'video/mp4');
    const { url } = await storage.presignPart('recordings/1.mp4', uploadId, 1);
    expect((await fetch(url, { method: 'PUT', body: 'what arrived' })).status).toBe(200);
    await world.database.query(
      `INSERT INTO recordings (id, bot_id, attempt, kind, key, upload_id, content_type, started_at)
       VALUES ('rec_1', $1, 1, 'video', 'recordings/1.mp4', $2, 'video/mp4', now())`,
      [bot.id, uploadId],
    );
    const recording = async () => {
      const [row] = await world.database.query<{ status: string; bytes: string }>(
        'SELECT status, bytes FROM recordings',
      );
      return row;
    };
    // The slot is out of use, but the lease has not expired: the runtime may still be recording.
    aws.says = { stop: 'fault' };
    await world.call('DELETE', `/v1/bots/${bot.id}`);
    await world.database.query(`UPDATE bot_pool_slots SET draining_at = draining_at - interval '5 min'`);
    await eventually('the slot is in error', async () => (await slots())[0]?.state === 'error');
    await world.jobs.send(finishRecordingJob, { recording_id: 'rec_1' });
    const asked = aws.asked.list;
    await eventually('three more reconciliations have run', () => aws.asked.list >= asked + 3);
    expect(await recording()).toMatchObject({ status: 'recording' });

    await world.database.query(`UPDATE bot_pool_slots SET lease_expires_at = now() - interval '1 s'`);
    await eventually('the recording is ready', async () => (await recording())?.status === 'ready');
    expect(await recording()).toMatchObject({ bytes: '12' });
    storage.close();
  });
});

describe('a runtime whose deployment has ended', () => {
  it('is stopped, unless the platform’s list fails', async () => {
    const before = await book();
    await deployed(1);
    const [late = ''] = aws.running;
    await world.call('DELETE', `/v1/bots/${before.id}`);
    await allIdle();
    aws.says.list = 'fault';
    // Started late, or a second time.
    aws.running.add(late);
    const asked = aws.asked.list;
    await eventually('the list was requested twice', () => aws.asked.list >= asked + 2);
    expect(aws.running.has(late)).toBe(true);
    aws.says = {};
    const bot = await book();
    await eventually('the late one is gone', () => !aws.running.has(late));
    await deployed(1);
    const listed = aws.asked.list;
    await eventually('two more reconciliations have run', () => aws.asked.list >= listed + 2);
    expect(aws.running.size).toBe(1);
    expect((await world.bot(bot.id)).attempt).toBe(1);
  });
});
