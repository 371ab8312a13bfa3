// Editing a booking, in every status of the bot: allowed until it knocks.
import { fileURLToPath } from 'node:url';
import type { BotView } from '@meeboter/api/bots/schemas.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './support/eventually.ts';
import { startWorld, type World } from './support/world.ts';

const FAKE_BOT = fileURLToPath(new URL('./support/fake-bot.ts', import.meta.url));
const MEETING = 'https://meet.google.com/abc-defg-hij';
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
const HOUR = 3_600_000;

describe.each(['postgres', 'redis'] as const)('on %s', (queue) => {
  let world: World;
  let booked: string[] = [];
  beforeAll(async () => {
    world = await startWorld({ queue, botMain: FAKE_BOT, env: { LOCAL_BOT_LIMIT: '1' } });
  });
  afterEach(async () => {
    for (const id of booked) await world.call('DELETE', `/v1/bots/${id}`);
    booked = [];
    await eventually('the slot is idle', async () => {
      const slots = await world.database.query<{ state: string }>('SELECT state FROM bot_pool_slots');
      return slots.every((slot) => slot.state === 'idle');
    });
  });
  afterAll(() => world.close());

  async function book(body: Record<string, unknown>): Promise<BotView> {
    const bot = await world.book({ meeting_url: MEETING, ...body });
    booked.push(bot.id);
    return bot;
  }
  const edit = (id: string, body: unknown) => world.call<BotView>('PATCH', `/v1/bots/${id}`, body);

  it('moves a scheduled bot to another time, and to now', async () => {
    const bot = await book({ join_at: inMs(HOUR), display_name: 'stay 0' });
    const later = inMs(2 * HOUR);
    const moved = await edit(bot.id, {
      join_at: later,
      priority: 3,
      automatic_leave: { everyone_left_timeout_seconds: 5 },
    });
    expect(moved.status).toBe(200);
    expect(moved.body).toMatchObject({ status: 'SCHEDULED', join_at: later, priority: 3 });
    expect(moved.body.automatic_leave).toEqual({ ...bot.automatic_leave, everyone_left_timeout_seconds: 5 });
    expect((await edit(bot.id, { join_at: inMs(0) })).status).toBe(200);
    await world.untilStatus(bot.id, ['DONE']);
    expect((await world.bot(bot.id)).attempt).toBe(1);
    const { body } = await world.call<{ data: { type: string; payload: { fields?: string[] } }[] }>(
      'GET',
      `/v1/bots/${bot.id}/events`,
    );
    const edits = body.data.filter((event) => event.type === 'bot.updated');
    expect(edits.map((event) => event.payload.fields)).toEqual([
      ['join_at', 'priority', 'automatic_leave'],
      ['join_at'],
    ]);
  });

  it('the start job of the old time does not start a bot that was moved', async () => {
    const bot = await book({ join_at: inMs(11_500) });
    expect((await edit(bot.id, { join_at: inMs(HOUR) })).status).toBe(200);
    // The old job is due 1.5 s after the booking. When a bot booked for the same time has started, it has run.
    const other = await book({ join_at: inMs(11_500), display_name: 'stay 0' });
    await eventually('the other one started', async () => (await world.bot(other.id)).status !== 'SCHEDULED');
    expect((await world.bot(bot.id)).status).toBe('SCHEDULED');
  });

  it('moves a queued bot within the queue, and out of it', async () => {
    const first = await book({ display_name: 'stay 600000' });
    await world.untilStatus(first.id, ['IN_CALL']);
    const [second, third] = [await book({}), await book({})];
    await eventually('both wait', async () => (await world.bot(third.id)).queue_position === 2);
    expect((await edit(third.id, { priority: 10 })).body.queue_position).toBe(1);
    expect((await world.bot(second.id)).queue_position).toBe(2);
    // The queue deadline moves with the join time.
    const deadline = async () => {
      const [row] = await world.database.query<{ at: Date }>(
        'SELECT deadline_at AS at FROM bot_pool_queue WHERE bot_id = $1',
        [third.id],
      );
      return row?.at.getTime() ?? 0;
    };
    const [oldTime, oldDeadline, newTime] = [third.join_at, await deadline(), inMs(5_000)];
    expect((await edit(third.id, { join_at: newTime })).body.status).toBe('QUEUED');
    expect((await deadline()) - oldDeadline).toBe(Date.parse(newTime) - Date.parse(oldTime));
    const moved = await edit(third.id, { join_at: inMs(HOUR) });
    expect(moved.body).toMatchObject({ status: 'SCHEDULED', sub_code: 'rescheduled', queue_position: null });
    expect(moved.body.phases).toMatchObject({ queued: null, slot: null });
    expect((await world.bot(second.id)).queue_position).toBe(1);
  });

  it('reschedules a bot that waits in its browser, and starts it again at the new time', async () => {
    const bot = await book({ join_at: inMs(9_000), display_name: 'stay 0' });
    await world.untilStatus(bot.id, ['JOINING_CALL']);
    expect((await edit(bot.id, { join_at: inMs(HOUR) })).status).toBe(200);
    const back = await world.untilStatus(bot.id, ['SCHEDULED']);
    expect(back).toMatchObject({ sub_code: 'rescheduled', lateness_ms: null });
    expect((await edit(bot.id, { join_at: inMs(0) })).status).toBe(200);
    expect(await world.untilStatus(bot.id, ['DONE'])).toMatchObject({ attempt: 2 });
  });

  // Nothing of this depends on the queue.
  if (queue === 'postgres') {
    it('starts a new attempt when the runtime’s configuration has changed', async () => {
      const bot = await book({ join_at: inMs(9_000), display_name: 'stay 600000' });
      await world.untilStatus(bot.id, ['JOINING_CALL']);
      expect((await edit(bot.id, { metadata: { customer: '42' } })).body.status).toBe('JOINING_CALL');
      expect((await edit(bot.id, { display_name: 'stay 0' })).status).toBe(200);
      expect(await world.untilStatus(bot.id, ['DONE'])).toMatchObject({
        attempt: 2,
        display_name: 'stay 0',
        metadata: { customer: '42' },
      });
    });

    it('does not count edits as attempts', async () => {
      const bot = await book({ join_at: inMs(9_000), display_name: 'stay 0' });
      for (let n = 0; n < 4; n += 1) {
        await world.untilStatus(bot.id, ['JOINING_CALL']);
        // The last one has not long to wait until it knocks.
        expect((await edit(bot.id, { join_at: inMs(n < 3 ? 9_000 + n : 3_000) })).status).toBe(200);
        await eventually('a new attempt', async () => (await world.bot(bot.id)).attempt === n + 2);
      }
      await world.untilStatus(bot.id, ['DONE']);
      // Five runtimes, one after the other.
    }, 90_000);

    it('is refused in the call and after the end', async () => {
      const bot = await book({ display_name: 'stay 600000' });
      await world.untilStatus(bot.id, ['IN_CALL']);
      const refused = await edit(bot.id, { display_name: 'Late' });
      expect(refused).toMatchObject({ status: 409, body: { code: 'bot_in_the_room' } });
      await world.call('DELETE', `/v1/bots/${bot.id}`);
      await world.untilStatus(bot.id, ['DONE']);
      expect(await edit(bot.id, {})).toMatchObject({ status: 422 });
      expect(await edit(bot.id, { priority: 1 })).toMatchObject({
        status: 409,
        body: { code: 'bot_already_ended' },
      });
    });

    it('is refused when it is invalid, and changes nothing', async () => {
      const { id } = await book({ join_at: inMs(HOUR) });
      const bot = await world.bot(id);
      const wrong: [unknown, string][] = [
        [{}, ''],
        [{ priority: 11 }, '/priority'],
        [{ join_at: inMs(-HOUR) }, '/join_at'],
        [{ join_at: inMs(400 * 24 * HOUR) }, '/join_at'],
        [{ display_name: 'n'.repeat(101) }, '/display_name'],
        [{ meeting_url: 'https://example.org/' }, '/meeting_url'],
        [{ priority: 1, status: 'DONE' }, '/status'],
        [{ automatic_leave: { max_duration_seconds: 1 } }, '/automatic_leave/max_duration_seconds'],
      ];
      for (const [body, pointer] of wrong) {
        const answer = await edit(bot.id, body);
        expect(answer, JSON.stringify(body)).toMatchObject({
          status: 422,
          body: { errors: [expect.objectContaining({ pointer })] },
        });
      }
      expect(await world.bot(bot.id)).toEqual(bot);
      expect((await edit('bot_of_nobody', { priority: 1 })).status).toBe(404);
    });
  }

  it('violates no invariant', async () => {
    const { readFile } = await import('node:fs/promises');
    const sql = await readFile(new URL('../prisma/invariants.sql', import.meta.url), 'utf8');
    expect(await world.database.query(sql)).toEqual([]);
  });
});
