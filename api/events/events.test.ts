// The account's event log over HTTP, with the sequencer of a running scheduler.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../e2e/support/eventually.ts';
import { startWorld, type World } from '../../e2e/support/world.ts';
import type { BotView } from '../bots/schemas.ts';

interface Page {
  data: { id: string; seq: number | null; bot_id: string; bot_seq: number; type: string }[];
  last_seq: number;
  has_more: boolean;
}

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const read = async (query = '') => (await world.call<Page>('GET', `/v1/events${query}`)).body;

it('gives the events of the account by their numbers, page by page, and of no other account', async () => {
  const later = new Date(Date.now() + 3_600_000).toISOString();
  const bots: BotView[] = [];
  for (let n = 0; n < 3; n += 1) {
    bots.push(await world.book({ meeting_url: 'https://meet.google.com/abc-defg-hij', join_at: later }));
  }
  await world.call('DELETE', `/v1/bots/${bots[0]?.id}`);
  const all = await eventually('all have their numbers', async () => {
    const page = await read();
    return page.data.length === 4 && page;
  });
  expect(all).toMatchObject({ last_seq: 4, has_more: false });
  expect(all.data.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  expect(all.data.filter(({ bot_id }) => bot_id === bots[0]?.id).map(({ bot_seq }) => bot_seq)).toEqual([
    1, 2,
  ]);
  expect(new Set(all.data.map(({ id }) => id)).size).toBe(4);

  const first = await read('?limit=3');
  expect(first).toMatchObject({ last_seq: 3, has_more: true });
  expect((await read(`?after=${first.last_seq}`)).data.map(({ seq }) => seq)).toEqual([4]);
  expect(await read('?after=4')).toEqual({ data: [], last_seq: 4, has_more: false });
  for (const wrong of ['?after=-1', '?after=x', '?limit=0', '?after=1e300']) {
    expect((await world.call('GET', `/v1/events${wrong}`)).status).toBe(422);
  }
  const others = await world.call<Page>('GET', '/v1/events', undefined, {
    authorization: `Bearer ${await world.adminKey()}`,
  });
  expect(others.body).toEqual({ data: [], last_seq: 0, has_more: false });
});

it('a bot shows an event that has no number yet', async () => {
  await world.stop('scheduler');
  const join_at = new Date(Date.now() + 3_600_000).toISOString();
  const bot = await world.book({ meeting_url: 'https://meet.google.com/abc-defg-hij', join_at });
  const { body } = await world.call<Page>('GET', `/v1/bots/${bot.id}/events`);
  expect(body.data).toMatchObject([{ seq: null, bot_seq: 1, type: 'bot.status_changed' }]);
  await world.start('scheduler');
  await eventually('it has its number', async () => {
    const after = await world.call<Page>('GET', `/v1/bots/${bot.id}/events`);
    return after.body.data[0]?.seq === 5;
  });
});
