// The launch rate of a deployment platform: how many bots are given a slot, and how early those start that are due
// together.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { emptyPool } from '../e2e/support/empty-pool.ts';
import { insertBot } from '../e2e/support/rows.ts';
import { dispatchBots, type LaunchRate } from './sql/dispatch-bots.ts';
import { ensureSlots } from './sql/ensure-slots.ts';
import { applyLead } from './sql/pool-platforms.ts';
import { startDueBots } from './sql/start-due-bots.ts';

const pool = emptyPool();
const AWS = { platform: 'aws', limit: 100, batch: 100, launchTimeoutMs: 60_000 };
const LEAD_MS = 90_000;

it('no more bots get a slot than the bucket has tokens, and it fills again with time', async () => {
  const launches = { burst: 4, perSecond: 2 };
  const give = async () => (await dispatchBots(pool.db, { ...AWS, launches })).length;
  const later = (seconds: number) =>
    pool.database.query(
      `UPDATE bot_pool_platforms SET launch_tokens_at = launch_tokens_at - $1::float8 * interval '1 s'`,
      [seconds],
    );
  for (let n = 0; n < 12; n += 1) await insertBot(pool.database);
  await startDueBots(pool.db, { batch: 100 });
  await ensureSlots(pool.db, { platform: 'aws', limit: 100, wanted: 20 });
  expect(await give()).toBe(4);
  expect(await give()).toBe(0);
  await later(1);
  expect(await give()).toBe(2);
  // Never more than the burst, however long nobody was launched.
  await later(3_600);
  expect(await give()).toBe(4);
  await later(2);
  expect(await give()).toBe(2);
  // Nobody is left: no token is spent.
  await later(3_600);
  expect(await give()).toBe(0);
  await insertBot(pool.database);
  await startDueBots(pool.db, { batch: 100 });
  expect(await give()).toBe(1);
});

/** When the last of the bots is launched at the latest, when each asks at its start and the bucket is full before. */
function launchesOf(startsMs: readonly number[], { burst, perSecond }: LaunchRate): number[] {
  let tokens = burst;
  let atMs = startsMs[0] ?? 0;
  return startsMs.map((startMs) => {
    const reachMs = Math.max(startMs, atMs);
    tokens = Math.min(burst, tokens + ((reachMs - atMs) / 1_000) * perSecond);
    const waitMs = tokens >= 1 ? 0 : ((1 - tokens) / perSecond) * 1_000;
    tokens = tokens + (waitMs / 1_000) * perSecond - 1;
    atMs = reachMs + waitMs;
    return atMs;
  });
}

it('bots that are due together start so early that the launch rate makes none late, and no earlier than needed', async () => {
  const joins = fc.array(fc.integer({ min: 300, max: 420 }), { minLength: 1, maxLength: 40 });
  const rate = fc.record({ burst: fc.integer({ min: 1, max: 8 }), perSecond: fc.constantFrom(0.5, 1, 4) });
  await fc.assert(
    fc.asyncProperty(joins, rate, async (joinsInSeconds, launches) => {
      await pool.database.query('DELETE FROM bots');
      for (const seconds of joinsInSeconds) {
        const joinInMs = seconds * 1_000;
        await insertBot(pool.database, { joinInMs, startInMs: joinInMs - LEAD_MS });
      }
      await applyLead(pool.db, { leadMs: LEAD_MS, withinMs: 600_000, launches });
      const rows = await pool.database.query<{ starts: number; latest: number }>(
        `SELECT (extract(epoch FROM start_at) * 1000)::float8 AS starts,
           (extract(epoch FROM join_at) * 1000 - $1)::float8 AS latest FROM bots ORDER BY start_at, join_at`,
        [LEAD_MS],
      );
      const launched = launchesOf(
        rows.map(({ starts }) => starts),
        launches,
      );
      const lateMs = rows.map(({ latest }, n) => (launched[n] ?? 0) - latest);
      // 500 ms: smaller moves are not written.
      expect(Math.max(...lateMs)).toBeLessThanOrEqual(501);
      // Whoever need not wait starts at its usual time.
      if (joinsInSeconds.length <= launches.burst) {
        for (const { starts, latest } of rows) expect(latest - starts).toBeLessThanOrEqual(501);
      }
    }),
    { numRuns: 25 },
  );
});
