// The pool where platforms misbehave: full, silent, or running what nobody wants.
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
  it('are kept per platform, in the order of priority; the rest waits', async () => {
    const bots = [];
    for (let n = 0; n < 8; n += 1) bots.push(await book());
    await deployed(6);
    expect([aws.running.size, k8s.running.size]).toEqual([3, 3]);
    const views = await Promise.all(bots.map((bot) => world.bot(bot.id)));
    expect(views.map((view) => view.queue_position)).toEqual([...Array(6).fill(null), 1, 2]);
    // The first in the line may not be overtaken by a later booking, unless that has a head start.
    const urgent = await book({ priority: 10 });
    await eventually('the urgent one leads', async () => (await world.bot(urgent.id)).queue_position === 1);
    for (const bot of [...bots, urgent]) await world.call('DELETE', `/v1/bots/${bot.id}`);
    await allIdle();
    expect(aws.running.size + k8s.running.size).toBe(0);
  });

  it('end a bot that waited too long', async () => {
    aws.room = 0;
    k8s.room = 0;
    const bot = await book({ queue_timeout_ms: 1_500 });
    const fatal = await world.untilStatus(bot.id, ['FATAL']);
    expect(fatal).toMatchObject({ sub_code: 'queue_timeout', reason: { category: 'capacity' } });
    await allIdle();
  });
});

describe('a platform that is full', () => {
  it('sends its bots to the next one, which costs them neither their place nor a try', async () => {
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
    await eventually('both refused', () => aws.asked.start > 0 && k8s.asked.start > 0);
    k8s.room = 1;
    await eventually('it runs', () => k8s.running.size === 1);
    expect((await world.bot(bot.id)).status).toBe('DEPLOYING');
  });
});

describe('a platform that cannot say', () => {
  it('changes nothing; one that says gone does', async () => {
    const bot = await book();
    await deployed(1);
    aws.says.look = 'unknown';
    await world.database.query(`UPDATE bot_pool_slots SET lease_expires_at = now() - interval '1 s'`);
    await eventually('it was looked at again and again', () => aws.asked.look >= 3);
    expect(await world.bot(bot.id)).toMatchObject({ status: 'DEPLOYING', attempt: 1 });
    aws.says.look = 'gone';
    await eventually('a new attempt', async () => (await world.bot(bot.id)).attempt === 2);
  });

  it('keeps a slot out of use until it confirms the stop', async () => {
    const bot = await book();
    await deployed(1);
    aws.says = { look: 'gone', stop: 'unknown' };
    await world.database.query(`UPDATE bot_pool_slots SET lease_expires_at = now() - interval '1 s'`);
    await eventually('it drains', () => aws.asked.stop > 0);
    expect((await world.bot(bot.id)).status).toBe('DEPLOYING');
    await world.database.query(
      `UPDATE bot_pool_slots SET draining_at = draining_at - interval '5 min' WHERE draining_at IS NOT NULL`,
    );
    const fatal = await world.untilStatus(bot.id, ['FATAL']);
    expect(fatal.sub_code).toBe('stop_unconfirmed');
    expect(await slots()).toMatchObject([{ state: 'error', bot_id: null }]);

    const again = aws.asked.stop;
    const wait = `UPDATE bot_pool_slots SET recover_at = now() WHERE state = 'error'`;
    await world.database.query(wait);
    await eventually('it was asked for again', async () => {
      const [slot] = await world.database.query<{ recovery_attempts: number }>(
        'SELECT recovery_attempts FROM bot_pool_slots',
      );
      return aws.asked.stop > again && slot?.recovery_attempts === 1;
    });
    aws.says = {};
    await world.database.query(wait);
    await allIdle();
  });
});

describe('a recording whose stop nobody confirms', () => {
  it('is finished from what arrived, once no runtime of it can be left', async () => {
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
    // Out of use while its lease still runs: somebody may be there and record.
    aws.says = { stop: 'unknown' };
    await world.call('DELETE', `/v1/bots/${bot.id}`);
    await world.database.query(`UPDATE bot_pool_slots SET draining_at = draining_at - interval '5 min'`);
    await eventually('it is out of use', async () => (await slots())[0]?.state === 'error');
    await world.jobs.send(finishRecordingJob, { recording_id: 'rec_1' });
    const asked = aws.asked.list;
    await eventually('time passes', () => aws.asked.list >= asked + 3);
    expect(await recording()).toMatchObject({ status: 'recording' });

    await world.database.query(`UPDATE bot_pool_slots SET lease_expires_at = now() - interval '1 s'`);
    await eventually('it is ready', async () => (await recording())?.status === 'ready');
    expect(await recording()).toMatchObject({ bytes: '12' });
    storage.close();
  });
});

describe('a runtime without a deployment', () => {
  it('is stopped, unless the platform cannot say what it runs', async () => {
    aws.says.list = 'fault';
    aws.running.add('dep_of_nobody');
    const asked = aws.asked.list;
    await eventually('the list was asked for', () => aws.asked.list >= asked + 2);
    expect(aws.running.has('dep_of_nobody')).toBe(true);
    aws.says = {};
    const bot = await book();
    await eventually('the orphan is gone', () => !aws.running.has('dep_of_nobody'));
    await deployed(1);
    const listed = aws.asked.list;
    await eventually('two more looks', () => aws.asked.list >= listed + 2);
    expect(aws.running.size).toBe(1);
    expect((await world.bot(bot.id)).attempt).toBe(1);
  });
});
