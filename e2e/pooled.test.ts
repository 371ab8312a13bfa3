// With the real PgBouncer in transaction mode: ordinary statements go through it, and what needs a session of
// its own connects directly.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './support/eventually.ts';
import { GOOD_LIFE, startWorld, type World } from './support/world.ts';

const FAKE_BOT = fileURLToPath(new URL('./support/fake-bot.ts', import.meta.url));
const MEETING = 'https://meet.google.com/abc-defg-hij';

describe('behind PgBouncer', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ pooled: true, botMain: FAKE_BOT, env: { LOCAL_BOT_LIMIT: '4' } });
  });
  afterAll(() => world.close());

  it('runs several bots to their end at the same time', async () => {
    const bots = await Promise.all(
      Array.from({ length: 4 }, () => world.book({ meeting_url: MEETING, display_name: 'stay 0' })),
    );
    for (const { id } of bots) {
      await world.untilStatus(id, ['DONE']);
      expect(await world.path(id)).toEqual(GOOD_LIFE);
    }
    await eventually('all slots are idle', async () => {
      const slots = await world.database.query<{ state: string }>('SELECT state FROM bot_pool_slots');
      return slots.every(({ state }) => state === 'idle');
    });
    // The errors of what PgBouncer 1.18 does not support.
    expect(world.logs()).not.toMatch(/prepared statement|unsupported startup parameter|LISTEN/);
  });

  it('uses the pooler’s connections for ordinary statements, and direct ones for sessions', async () => {
    const sessions = await world.database.query<{ name: string; count: number }>(
      `SELECT application_name AS name, count(*)::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() GROUP BY 1`,
    );
    const counted = new Map(sessions.map(({ name, count }) => [name, count]));
    const ordinary = ['meeboter api', 'meeboter scheduler', 'meeboter deployer'];
    const ofPooler = ordinary.reduce((sum, name) => sum + (counted.get(name) ?? 0), 0);
    expect(ofPooler).toBeGreaterThan(0);
    expect(ofPooler).toBeLessThanOrEqual(5);
    expect(counted.get('meeboter sequencer')).toBe(1);
    const listens = await world.database.query(String.raw`SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND query ~* '(^|\n)\s*listen\s' AND application_name LIKE 'meeboter % queue'`);
    expect(listens).toHaveLength(2);
  });
});
