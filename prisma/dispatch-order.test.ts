// The dispatch order as a property, over queues and pools of every shape: bots in the order of their keys, the
// least recently used slot first, never above the limit, no bot and no slot twice. The result of dispatchBots
// is compared with a simple model of the same rules.
import { orderKey } from '@meeboter/domain/booking.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../e2e/support/database.ts';
import { holds } from '../e2e/support/holds.ts';
import { insertUser } from '../e2e/support/rows.ts';
import { type Database, openDatabase } from './client.ts';
import { endDeployment } from './sql/deployment-steps.ts';
import { dispatchBots } from './sql/dispatch-bots.ts';
import { drainSlotOfBot } from './sql/drain-slot.ts';
import { queueBot } from './sql/queue-bot.ts';
import { startDueBots } from './sql/start-due-bots.ts';
import { transitionBot } from './sql/transition-bot.ts';

const PLATFORMS = ['aws', 'k8s'] as const;
const RUNS = { numRuns: 60, budgetMs: 4_000 };

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await testDatabase();
  db = openDatabase({ url: database.url, poolSize: 8 });
});
afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

// ------------------------------------------------------------------- generators

interface NewBot {
  priority: number;
  joinAgoS: number;
  createdAgoS: number;
}
interface NewSlot {
  platform: string;
  number: number;
  lastUsedAgoS: number | null;
  inError: boolean;
}
interface Dispatch {
  platform: string;
  limit: number;
  batch: number;
}
type Step =
  | { kind: 'arrive'; bots: NewBot[] }
  | { kind: 'dispatch'; dispatch: Dispatch }
  | { kind: 'end'; nth: number; comesBack: boolean };

// Few values, so that ties are common; one priority level is 60 s.
const bot = fc.record({
  priority: fc.integer({ min: 0, max: 10 }),
  joinAgoS: fc.constantFrom(-5, 0, 1, 60, 61, 120, 600),
  createdAgoS: fc.constantFrom(0, 1, 60, 120, 3600),
});
const platform = fc.constantFrom(...PLATFORMS);
const slot = fc.record({
  platform,
  number: fc.integer({ min: 1, max: 6 }),
  lastUsedAgoS: fc.option(fc.integer({ min: 0, max: 3 })),
  inError: fc.constantFrom(false, false, false, true),
});
const slots = fc.uniqueArray(slot, { maxLength: 10, selector: (it) => `${it.platform}-${it.number}` });
const bots = fc.array(bot, { minLength: 1, maxLength: 6 });
const limit = fc.integer({ min: 0, max: 6 });
const dispatching = fc.record({ platform, limit, batch: fc.integer({ min: 1, max: 5 }) });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('arrive' as const), bots }),
  fc.record({ kind: fc.constant('dispatch' as const), dispatch: dispatching }),
  fc.record({ kind: fc.constant('dispatch' as const), dispatch: dispatching }),
  fc.record({ kind: fc.constant('end' as const), nth: fc.nat({ max: 9 }), comesBack: fc.boolean() }),
);

// ------------------------------------------------------- steps on the database

let count = 0;

async function fresh(pool: NewSlot[]): Promise<void> {
  await database.query('TRUNCATE "user", events, bot_pool_slots CASCADE');
  await insertUser(database);
  for (const { platform, number, lastUsedAgoS, inError } of pool) {
    await database.query(
      `INSERT INTO bot_pool_slots (id, deployment_platform, number, state, last_used_at)
       VALUES ($1, $2, $3, $4::slot_state, date_trunc('second', now()) - $5 * interval '1 s')`,
      [`${platform}-${number}`, platform, number, inError ? 'error' : 'idle', lastUsedAgoS],
    );
  }
}

async function arrive(arriving: NewBot[]): Promise<void> {
  const now = Math.floor(Date.now() / 1000) * 1000;
  for (const { priority, joinAgoS, createdAgoS } of arriving) {
    count += 1;
    const times = { joinAt: new Date(now - joinAgoS * 1000), createdAt: new Date(now - createdAgoS * 1000) };
    // The order of ids is not the order of time.
    const id = `bot_${(count * 7919) % 10_007}_${count}`;
    await database.query(
      `INSERT INTO bots (id, user_id, status, sub_code, display_name, meeting_platform, meeting_url, join_url,
         meeting_key, leave_rules, priority, join_at, start_at, order_key, queue_timeout_ms, created_at)
       VALUES ($1, 'u', 'SCHEDULED', 'booked', 'n', 'google-meet', 'm', 'm', 'k', '{}', $2, $3,
         now() - interval '1 s', $4, 86400000, $5)`,
      [id, priority, times.joinAt, orderKey({ ...times, priority }), times.createdAt],
    );
  }
  await startDueBots(db, { batch: 100 });
}

/** The nth bot that has a slot loses it, and is queued again or ends. */
async function end(nth: number, comesBack: boolean): Promise<void> {
  const used = await database.query<{ id: string; slot_id: string; epoch: string; bot_id: string }>(
    `SELECT id, slot_id, epoch, bot_id FROM deployments WHERE state <> 'ended' ORDER BY created_at, id`,
  );
  const deployment = used[nth % Math.max(1, used.length)];
  if (!deployment) return;
  const why = { subCode: 'runtime_lost', actor: 'deployer' as const };
  await db.$transaction(async (tx) => {
    await drainSlotOfBot(tx, deployment.bot_id);
    await endDeployment(tx, { ...deployment, epoch: BigInt(deployment.epoch) });
    if (comesBack) await queueBot(tx, deployment.bot_id, { ...why, from: ['DEPLOYING'], afresh: true });
    else await transitionBot(tx, deployment.bot_id, 'FATAL', why);
  });
}

// ------------------------------------------------------------------- the model

interface View {
  /** Ids of the queued bots, next one first. */
  queue: string[];
  slots: { id: string; platform: string; number: number; state: string; usedAt: number | null }[];
}

/** Reads the queue and the slots. The order is computed from the bookings, not from the stored order keys. */
async function view(): Promise<View> {
  const waiting = await database.query<{ id: string; priority: number; join_at: Date; created_at: Date }>(
    `SELECT b.id, priority, join_at, created_at FROM bots b JOIN bot_pool_queue q ON q.bot_id = b.id`,
  );
  const wanted = (it: (typeof waiting)[number]) =>
    Math.max(+it.join_at, +it.created_at) - it.priority * 60_000;
  const rows = await database.query<{
    id: string;
    deployment_platform: string;
    number: number;
    state: string;
    last_used_at: Date | null;
  }>('SELECT * FROM bot_pool_slots');
  return {
    queue: waiting.sort((a, b) => wanted(a) - wanted(b) || (a.id < b.id ? -1 : 1)).map((it) => it.id),
    slots: rows.map(({ id, deployment_platform, number, state, last_used_at }) => ({
      ...{ id, platform: deployment_platform, number, state, usedAt: last_used_at && +last_used_at },
    })),
  };
}

/** Slots that dispatch may give out, in the order in which it should. */
function freeSlots(pool: View['slots'], { platform, limit }: { platform: string; limit: number }): string[] {
  const ours = pool.filter((it) => it.platform === platform);
  const used = ours.filter((it) => it.state === 'deploying' || it.state === 'busy');
  const isLowered = used.some((it) => it.number > limit);
  return ours
    .filter((it) => it.state === 'idle' && it.number <= limit)
    .sort((a, b) => (a.usedAt ?? -1) - (b.usedAt ?? -1) || a.number - b.number)
    .slice(0, isLowered ? Math.max(0, limit - used.length) : undefined)
    .map((it) => it.id);
}

const run = ({ platform, limit, batch }: Dispatch) =>
  dispatchBots(db, {
    platform,
    limit,
    batch,
    launchTimeoutMs: 60_000,
    launches: { burst: 10_000, perSecond: 10_000 },
  });

/** The bot and slot ids of deployments, sorted by bot. */
async function pairsOf(made: { deploymentId: string }[]): Promise<[bot: string, slot: string][]> {
  const rows = await database.query<{ bot_id: string; slot_id: string }>(
    'SELECT bot_id, slot_id FROM deployments WHERE id = ANY($1)',
    [made.map((it) => it.deploymentId)],
  );
  return rows.map((row) => [row.bot_id, row.slot_id] as [string, string]).sort();
}

// ------------------------------------------------------------------------- tests

it('dispatches in queue order, to the least recently used slot, within the limit', async () => {
  const cases = fc.record({ pool: slots, steps: fc.array(step, { minLength: 3, maxLength: 14 }) });
  await holds(
    cases,
    async ({ pool, steps }) => {
      await fresh(pool);
      for (const step of steps) {
        if (step.kind === 'arrive') await arrive(step.bots);
        else if (step.kind === 'end') await end(step.nth, step.comesBack);
        else {
          const before = await view();
          const free = freeSlots(before.slots, step.dispatch).slice(0, step.dispatch.batch);
          const expected = free.flatMap((slot, n): [string, string][] => {
            const bot = before.queue[n];
            return bot === undefined ? [] : [[bot, slot]];
          });
          expect(await pairsOf(await run(step.dispatch))).toEqual(expected.sort());
        }
      }
    },
    RUNS,
  );
});

it('does so with many dispatchers at the same time', async () => {
  const dispatcher = fc.record({ platform, batch: fc.integer({ min: 1, max: 5 }) });
  const cases = fc.record({
    pool: slots,
    lowered: fc.record({ aws: limit, k8s: limit }),
    arrivals: fc.array(bots, { minLength: 1, maxLength: 4 }),
    rounds: fc.array(fc.array(dispatcher, { minLength: 2, maxLength: 6 }), { minLength: 1, maxLength: 3 }),
  });
  await holds(
    cases,
    async ({ pool, lowered, arrivals, rounds }) => {
      await fresh(pool);
      for (const arriving of arrivals) await arrive(arriving);
      for (const [n, round] of rounds.entries()) {
        // The limits are lowered after the first round, while slots above them may be in use.
        const limits = n === 0 ? { aws: 6, k8s: 6 } : lowered;
        const before = await view();
        const made = await Promise.all(round.map((it) => run({ ...it, limit: limits[it.platform] })));
        const pairs = await pairsOf(made.flat());

        // The bots come from the head of the queue, each once.
        expect(pairs.map(([bot]) => bot)).toEqual(before.queue.slice(0, pairs.length).sort());
        const free = PLATFORMS.map((name) =>
          freeSlots(before.slots, { platform: name, limit: limits[name] }),
        );
        for (const [m, name] of PLATFORMS.entries()) {
          const taken = pairs.map(([, slot]) => slot).filter((slot) => slot.startsWith(name));
          expect(taken.sort()).toEqual(free[m]?.slice(0, taken.length).sort());
        }
        // No bot stays queued while a slot that was asked for is free.
        const room = PLATFORMS.map((name, m) => {
          const wanted = round.filter((it) => it.platform === name).reduce((sum, it) => sum + it.batch, 0);
          return Math.min(wanted, free[m]?.length ?? 0);
        });
        expect(pairs.length).toBe(
          Math.min(
            before.queue.length,
            room.reduce((a, b) => a + b),
          ),
        );
        if (n === 0) for (const comesBack of [false, true, false]) await end(0, comesBack);
      }
    },
    RUNS,
  );
});
