// The path of a booking through the servers, on both queues, with a runtime that needs no browser. Also with
// servers restarted, with every hint delivered many times, and with the queue emptied again and again, so that
// the sweep alone takes the bot to its end.
import { fileURLToPath } from 'node:url';
import { requestDeploys, requestDeploysAgain, requestLook, requestStop } from '@meeboter/deployer/inbox.ts';
import { requestDispatch, requestFinishRecordings, requestStarts } from '@meeboter/scheduler/inbox.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findRuntimeProcesses } from '../deployer/platforms/local/processes.ts';
import { eventually } from './support/eventually.ts';
import { GOOD_LIFE, startWorld, type World } from './support/world.ts';

const FAKE_BOT = fileURLToPath(new URL('./support/fake-bot.ts', import.meta.url));
const MEETING = 'https://meet.google.com/abc-defg-hij';

describe.each(['postgres', 'redis'] as const)('on %s', (queue) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ queue, botMain: FAKE_BOT, env: { LOCAL_BOT_LIMIT: '2' } });
  });
  afterAll(() => world.close());

  const slots = () => world.database.query<{ state: string }>('SELECT state FROM bot_pool_slots');
  const allIdle = () =>
    eventually('all slots are idle', async () => (await slots()).every((slot) => slot.state === 'idle'));

  it('runs a bot to its end and frees the slot', async () => {
    const bot = await world.book({ meeting_url: MEETING, display_name: 'stay 0' });
    await world.untilStatus(bot.id, ['DONE']);
    expect(await world.path(bot.id)).toEqual(GOOD_LIFE);
    await allIdle();
    const { body } = await world.call<{
      data: { status: string; download_url: string; interrupted: boolean }[];
    }>('GET', `/v1/bots/${bot.id}/recordings`);
    expect(body.data).toMatchObject([{ status: 'ready', interrupted: false }]);
    expect(await (await fetch(body.data[0]?.download_url ?? '')).text()).toMatch(/^a recording/);
  });

  it('runs a bot to its end with the queue emptied again and again', async () => {
    const bot = await world.book({ meeting_url: MEETING, display_name: 'stay 1500' });
    let emptied = 0;
    await eventually('the bot is done', async () => {
      await world.emptyQueue();
      emptied += 1;
      return (await world.bot(bot.id)).status === 'DONE';
    });
    expect(emptied).toBeGreaterThan(5);
    expect(await world.path(bot.id)).toEqual(GOOD_LIFE);
    await allIdle();
  });

  it('runs a bot once, however often every hint is delivered', async () => {
    const bot = await world.book({ meeting_url: MEETING, display_name: 'stay 1000' });
    const { jobs } = world;
    await eventually('the bot is done', async () => {
      const rows = await world.database.query<{ id: string; deployment_platform: string }>(
        'SELECT id, deployment_platform FROM deployments WHERE bot_id = $1',
        [bot.id],
      );
      const recordings = await world.database.query<{ id: string }>(
        'SELECT id FROM recordings WHERE bot_id = $1',
        [bot.id],
      );
      await Promise.all([
        requestStarts(jobs, [new Date(Date.now() + 1)], new Date()),
        requestDispatch(jobs),
        ...rows.flatMap((at) => [
          requestDeploys(jobs, at.deployment_platform, [at.id]),
          requestDeploysAgain(jobs, [{ ...at, round: 1 }]),
          requestLook(jobs, at),
          requestStop(jobs, at),
        ]),
        requestFinishRecordings(
          jobs,
          recordings.map(({ id }) => id),
        ),
      ]);
      return (await world.bot(bot.id)).status === 'DONE';
    });
    expect(await world.path(bot.id)).toEqual(GOOD_LIFE);
    expect((await world.bot(bot.id)).attempt).toBe(1);
    const { body } = await world.call<{ data: { status: string }[] }>('GET', `/v1/bots/${bot.id}/recordings`);
    expect(body.data).toMatchObject([{ status: 'ready' }]);
    await allIdle();
  });

  // What of this goes through the queue is tested above and below on both.
  if (queue === 'postgres') {
    it('queues bots when every slot is in use, and starts them when slots become free', async () => {
      const bots = await Promise.all(
        [0, 1, 2, 3].map(() => world.book({ meeting_url: MEETING, display_name: 'stay 600000' })),
      );
      const where = await eventually('two in the call, two in the queue', async () => {
        const views = await Promise.all(bots.map((bot) => world.bot(bot.id)));
        const inCall = views.filter((view) => view.status === 'IN_CALL');
        const queued = views.filter((view) => view.queued);
        return inCall.length === 2 && queued.length === 2 && { inCall, queued };
      });
      expect(where.queued.map((view) => view.queue_position).sort()).toEqual([1, 2]);
      const leave = (id: string) => world.call('DELETE', `/v1/bots/${id}`);
      for (const view of where.inCall) await leave(view.id);
      for (const view of where.queued) {
        await world.untilStatus(view.id, ['IN_CALL']);
        await leave(view.id);
      }
      for (const bot of bots) await world.untilStatus(bot.id, ['DONE']);
      expect((await slots()).length).toBe(2);
      await allIdle();
    });

    it('starts a new attempt for a bot that is lost before admission', async () => {
      const bot = await world.book({ meeting_url: MEETING, display_name: 'crash 1' });
      const done = await world.untilStatus(bot.id, ['DONE']);
      expect(done.attempt).toBe(2);
      expect(await world.path(bot.id)).toEqual([...GOOD_LIFE.slice(0, 4), 'QUEUED', ...GOOD_LIFE.slice(2)]);
    });

    it('gives a bot up after three attempts, and says why', async () => {
      const bot = await world.book({ meeting_url: MEETING, display_name: 'crash 9' });
      const fatal = await world.untilStatus(bot.id, ['FATAL']);
      expect(fatal).toMatchObject({
        attempt: 3,
        sub_code: 'attempts_exhausted',
        reason: { category: 'infra' },
      });
      expect(fatal.detail).toMatch(/runtime_lost/);
      await allIdle();
    });

    it('starts no new attempt for a bot that was denied', async () => {
      const bot = await world.book({ meeting_url: MEETING, display_name: 'fail denied' });
      expect(await world.untilStatus(bot.id, ['FATAL'])).toMatchObject({ attempt: 1, sub_code: 'denied' });
    });

    it('fails a bot killed in the call, and completes its recording from what arrived', async () => {
      const bot = await world.book({ meeting_url: MEETING, display_name: 'stay 60000' });
      await world.untilStatus(bot.id, ['IN_CALL']);
      await eventually('a part has arrived', async () => {
        const [row] = await world.database.query<{ n: number }>(
          'SELECT count(*)::int AS n FROM recording_parts p JOIN recordings r ON r.id = p.recording_id WHERE r.bot_id = $1',
          [bot.id],
        );
        return row?.n === 1;
      });
      for (const process_ of await findRuntimeProcesses())
        if (process_.workDir.startsWith(world.dir)) process.kill(process_.pid, 'SIGKILL');
      expect(await world.untilStatus(bot.id, ['FATAL'])).toMatchObject({
        sub_code: 'runtime_lost',
        attempt: 1,
      });
      await eventually('the recording is ready', async () => {
        const { body } = await world.call<{ data: { status: string; interrupted: boolean }[] }>(
          'GET',
          `/v1/bots/${bot.id}/recordings`,
        );
        return body.data[0]?.status === 'ready' && body.data[0].interrupted;
      });
      await allIdle();
    });

    it('requests a bot in the call to leave, and cancels a scheduled one', async () => {
      const inCall = await world.book({ meeting_url: MEETING, display_name: 'stay 60000' });
      await world.untilStatus(inCall.id, ['IN_CALL']);
      expect((await world.call('DELETE', `/v1/bots/${inCall.id}`)).status).toBe(202);
      expect(await world.untilStatus(inCall.id, ['DONE'])).toMatchObject({ end_reason: 'user_requested' });

      const later = await world.book({
        meeting_url: MEETING,
        join_at: new Date(Date.now() + 3600_000).toISOString(),
      });
      expect((await world.call('DELETE', `/v1/bots/${later.id}`)).status).toBe(200);
      expect((await world.bot(later.id)).status).toBe('CANCELLED');
      expect((await world.call<{ code: string }>('DELETE', `/v1/bots/${later.id}`)).body.code).toBe(
        'bot_already_ended',
      );
    });
  }

  it('goes on when API, scheduler and deployer are restarted with a bot in the call', async () => {
    const bot = await world.book({ meeting_url: MEETING, display_name: 'stay 4000' });
    await world.untilStatus(bot.id, ['IN_CALL']);
    for (const part of ['api', 'scheduler', 'deployer'] as const) {
      await world.stop(part);
      await world.start(part);
    }
    expect(await world.untilStatus(bot.id, ['DONE'])).toMatchObject({ attempt: 1 });
    expect(await world.path(bot.id)).toEqual(GOOD_LIFE);
    await allIdle();
  });

  it('violates no invariant', async () => {
    const { readFile } = await import('node:fs/promises');
    const sql = await readFile(new URL('../prisma/invariants.sql', import.meta.url), 'utf8');
    expect(await world.database.query(sql)).toEqual([]);
  });
});
