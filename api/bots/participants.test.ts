// Who was in a call, for a call of any size: the database adds up who spoke how
// long, and the list comes in pages.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorld, type World } from '../../e2e/support/world.ts';

const STAYS = 8_000;
const TURNS = 20_000;

interface Page {
  data: { name: string; joined_at: string; left_at: string | null; spoke_seconds: number }[];
  next_cursor: string | null;
  has_more: boolean;
}

let world: World;
let bot: { id: string };
beforeAll(async () => {
  world = await startWorld();
  bot = await world.book({
    meeting_url: 'https://meet.google.com/abc-defg-hij',
    join_at: new Date(Date.now() + 3600_000).toISOString(),
  });
});
afterAll(() => world.close());

const page = async (query: string) => {
  const answer = await world.call<Page>('GET', `/v1/bots/${bot.id}/participants?${query}`);
  expect(answer.status).toBe(200);
  return answer;
};

it('counts each turn once: for the stay that it began in, or else for the next one, or the last', async () => {
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1000);
  const stay = (id: string, externalId: string, from: number, to: number | null) =>
    world.database.query(
      `INSERT INTO participants (id, bot_id, external_id, name, joined_at, left_at) VALUES ($1, $2, $3, $1, $4, $5)`,
      [id, bot.id, externalId, at(from), to === null ? null : at(to)],
    );
  const turn = (externalId: string, from: number, to: number) =>
    world.database.query(`INSERT INTO speaker_turns VALUES ($1, $2, $3, $4)`, [
      bot.id,
      externalId,
      at(from),
      at(to),
    ]);
  await stay('ada, first', 'ada', 10, 20);
  await stay('bob, silent', 'bob', 10, 20);
  await stay('ada, again', 'ada', 30, null);
  await turn('ada', 5, 9);
  await turn('ada', 11, 13.5);
  await turn('ada', 19, 22);
  await turn('ada', 25, 28);
  await turn('ada', 40, 41);
  await turn('ada', 50, 45);
  // Said while the page did not show her any more.
  await stay('cyd', 'cyd', 10, 20);
  await turn('cyd', 21, 22);
  // Two stays, because the first one's end was never seen.
  await stay('dan, first', 'dan', 10, null);
  await stay('dan, again', 'dan', 30, null);
  await turn('dan', 15, 16);
  await turn('dan', 35, 37);
  // Whose name never came.
  await turn('eve', 12, 18);
  const { body, headers } = await page('');
  expect(body.data.map(({ name, spoke_seconds }) => [name, spoke_seconds])).toEqual([
    ['ada, first', 9.5],
    ['bob, silent', 0],
    ['cyd', 1],
    ['dan, first', 1],
    ['ada, again', 4],
    ['dan, again', 2],
  ]);
  expect(body.data[4]?.left_at).toBeNull();
  expect([body.has_more, body.next_cursor, headers.get('link')]).toEqual([false, null, null]);
  await world.database.query('DELETE FROM participants');
  await world.database.query('DELETE FROM speaker_turns');
});

it(`pages through ${STAYS} stays with ${TURNS} turns, while other requests are answered`, async () => {
  // Four to a moment: the order within it is the id's.
  await world.database.query(
    `INSERT INTO participants (id, bot_id, external_id, name, joined_at, left_at)
     SELECT 'prt_' || lpad(n::text, 6, '0'), $1, 'ext_' || n % 100, 'P' || n, timestamptz '2026-01-01' + (n / 4) * interval '1 s',
       timestamptz '2026-01-01' + (n / 4 + 1) * interval '1 s'
     FROM generate_series(1, ${STAYS}) n`,
    [bot.id],
  );
  await world.database.query(
    `INSERT INTO speaker_turns SELECT $1, 'ext_' || n % 100, timestamptz '2026-01-01' + n * interval '0.1 s',
       timestamptz '2026-01-01' + n * interval '0.1 s' + interval '50 ms' FROM generate_series(1, ${TURNS}) n`,
    [bot.id],
  );
  const names: string[] = [];
  let [spoke, pages, slowestLookMs, isDone] = [0, 0, 0, false];
  const looking = (async () => {
    while (!isDone) {
      const startedAt = performance.now();
      await world.call('GET', '/livez');
      slowestLookMs = Math.max(slowestLookMs, performance.now() - startedAt);
    }
  })();
  for (let path: string | null = 'limit=200'; path !== null; pages += 1) {
    const { body, headers }: { body: Page; headers: Headers } = await page(path);
    names.push(...body.data.map(({ name }) => name));
    spoke += body.data.reduce((sum, { spoke_seconds }) => sum + spoke_seconds, 0);
    path = headers.get('link')?.match(/\?([^>]+)>; rel="next"/)?.[1] ?? null;
  }
  isDone = true;
  await looking;
  expect(names).toEqual(Array.from({ length: STAYS }, (_, n) => `P${n + 1}`));
  expect(pages).toBe(STAYS / 200);
  expect(spoke).toBeGreaterThan(0);
  // It took 5,000 ms in one piece; a loaded machine answers late, too.
  expect(slowestLookMs).toBeLessThan(2_000);
});

it.each([
  'limit=0',
  'limit=201',
  'cursor=nonsense',
  `cursor=${Buffer.from('{"joined_at":"x","id":"a"}').toString('base64url')}`,
])('refuses %s', async (query) => {
  expect((await world.call('GET', `/v1/bots/${bot.id}/participants?${query}`)).status).toBe(422);
});
