// A fault run, from its first booking to its verdict.
import { setTimeout as delay } from 'node:timers/promises';
import { Booker } from './bookings.ts';
import { injectFaults } from './inject.ts';
import type { FaultOptions } from './options.ts';
import { PlatformServer } from './platform-server.ts';
import { type Random, seeded } from './random.ts';
import { Room } from './room.ts';
import { judge, settle, type Verdict } from './verdict.ts';
import { type FaultWorld, startFaultWorld } from './world.ts';

export interface FaultRun extends Verdict {
  /** How many faults were injected, by kind. */
  faults: Map<string, number>;
  /** Events and stays of the lost and doubled bots (the first eight). */
  history: string;
  /** Null: not settled in time. */
  settledAfterMs: number | null;
}

const LEASE_MS = { beforeAdmission: 4_000, inCall: 8_000 };

/** Runs the faults, judges the result, and stops all servers. Prints its progress with `say`. */
export async function runFaults(options: FaultOptions, say: (line: string) => void): Promise<FaultRun> {
  const random = seeded(options.seed);
  const room = new Room();
  const faults = new Map<string, number>();
  const count = (kind: string) => void faults.set(kind, (faults.get(kind) ?? 0) + 1);
  const limit = Math.max(4, Math.ceil(options.bots / 10));
  const platform = new PlatformServer({
    room,
    random: seeded(options.seed + 1),
    fencing: !options['no-fencing'],
    // One less than the limit, so that a platform is sometimes full.
    capacity: { aws: limit - 1, k8s: limit, coolify: limit },
    meeting: () => {
      const lastsMs = random.between(500, 4_000);
      return (inCallMs) => inCallMs < lastsMs;
    },
    onFault: count,
  });
  const world = await startFaultWorld({
    redis: options.redis,
    sweeps: !options['no-sweeps'],
    platformUrl: await platform.listen(),
    limit,
    leaseMs: LEASE_MS,
  });
  try {
    say(`servers of the run: ${world.children.map((child) => child.name).join(', ')}`);
    const booker = new Booker(world.apiUrl, world.apiKey);
    await booker.book(random, 0);
    platform.faults = options.seconds > 0;
    const injection = {
      world,
      platform,
      random: seeded(options.seed + 2),
      leaseMs: LEASE_MS.beforeAdmission,
      redis: options.redis,
      count,
    };
    const last = Math.max(1, Math.round(options.bots / 20));
    await Promise.all([
      bookAll(booker, random, { ...options, bots: options.bots - last }),
      injectFaults(injection, options.seconds),
      dieInTheMiddle(platform, options.seconds, { random: seeded(options.seed + 3), count }),
    ]);
    if (options.seconds > 0) {
      await untilQuiet(world, platform);
      await Promise.race([bookThenEmptyQueue(world, booker, random, last), tooLong('the last bookings')]);
    }
    platform.faults = false;
    platform.dead.clear();
    say(`faults are over; ${booker.bookings.length} bookings`);
    const settledAfterMs = await settle(world, platform, options['settle-seconds'] * 1_000);
    const verdict = await judge(world, { booker, platform, room });
    const bad = [...verdict.lost.map((line) => line.split(':')[0] ?? ''), ...verdict.doubled];
    return { ...verdict, faults, settledAfterMs, history: await historyOf(world, room, bad.slice(0, 8)) };
  } finally {
    platform.close();
    await world.close(options.keep);
    if (options.keep) say(`logs: ${world.dir}`);
  }
}

/** In the middle of the faults one of the platforms dies, and stays dead until they are over. */
async function dieInTheMiddle(
  platform: PlatformServer,
  seconds: number,
  { random, count }: { random: Random; count: (kind: string) => void },
): Promise<void> {
  const name = random.pick(['aws', 'k8s', 'coolify']);
  await delay(seconds * 1_000 * random.between(0.3, 0.6));
  if (seconds === 0 || !name) return;
  platform.die(name);
  count(`platform ${name} dies`);
}

/** Books bots during the time of the faults, half of them for now and half for later. Cancels some and moves some. */
async function bookAll(booker: Booker, random: Random, options: FaultOptions): Promise<void> {
  const everyMs = (options.seconds * 1_000 * 0.8) / options.bots;
  const work: Promise<void>[] = [];
  for (let n = 1; n < options.bots; n += 1) {
    const inMs = random.chance(0.5) ? 0 : random.between(500, Math.max(1_000, options.seconds * 200));
    const fate = random.next();
    const afterMs = random.between(0, 4_000);
    work.push(
      booker.book(random, inMs).then(async (booking) => {
        if (!booking || fate > 0.2) return;
        await delay(afterMs);
        if (fate < 0.1) await booker.cancel(booking);
        else await booker.move(booking, random.between(100, 4_000));
      }),
    );
    await delay(everyMs);
  }
  await Promise.all(work);
}

const QUIET_MS = 2_000;
const QUIET_AT_MOST_MS = 20_000;

/**
 * Waits until nothing has happened for QUIET_MS. A bot that ends causes a dispatch, which also starts the bots that
 * are due. In the control without sweeps, that would start the bookings whose start jobs are deleted next.
 */
async function untilQuiet(world: FaultWorld, platform: PlatformServer): Promise<void> {
  const startedAtMs = performance.now();
  let [events, changedAtMs] = [-1, startedAtMs];
  for (;;) {
    const nowMs = performance.now();
    const [row] = await world
      .query<{ n: number }>('SELECT coalesce(sum(event_seq), 0)::int AS n FROM bots')
      .catch(() => []);
    if (row?.n !== events || platform.living().length > 0) [events, changedAtMs] = [row?.n ?? -1, nowMs];
    if (nowMs - changedAtMs >= QUIET_MS || nowMs - startedAtMs >= QUIET_AT_MOST_MS) return;
    await delay(200);
  }
}

const BOOKED_AHEAD_MS = 5_000;

/** The last fault of every run: books bots for later, then empties the queue before they are due. */
async function bookThenEmptyQueue(
  world: FaultWorld,
  booker: Booker,
  random: Random,
  bots: number,
): Promise<void> {
  await Promise.all(Array.from({ length: bots }, () => booker.book(random, BOOKED_AHEAD_MS)));
  await untilDone(() => world.emptyQueue());
}

/** Longer than any server takes to restart. */
const TOO_LONG_MS = 60_000;

async function tooLong(what: string): Promise<never> {
  await delay(TOO_LONG_MS, undefined, { ref: false });
  throw new Error(`${what} did not succeed within ${TOO_LONG_MS} ms`);
}

/** Repeats `work` until it succeeds: the queue's server may be down. */
async function untilDone(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch {
      await delay(200);
    }
  }
}

/** The events of bots, and their stays in the room, as text. */
async function historyOf(world: FaultWorld, room: Room, botIds: string[]): Promise<string> {
  const lines: string[] = [];
  for (const id of botIds) {
    lines.push(`--- ${id}`);
    const events = await world.query<{
      at: Date;
      attempt: number;
      sub_code: string;
      to: string;
      detail: string;
    }>(
      `SELECT at, attempt, sub_code, payload ->> 'to' AS to, payload ->> 'detail' AS detail
       FROM events WHERE bot_id = $1 ORDER BY bot_seq`,
      [id],
    );
    for (const event of events) {
      lines.push(
        `${event.at.toISOString()} #${event.attempt} ${event.to} ${event.sub_code} ${event.detail ?? ''}`,
      );
    }
    for (const stay of room.of(id)) {
      const at = (ms: number | null) =>
        ms === null ? 'now' : new Date(performance.timeOrigin + ms).toISOString();
      lines.push(`  in the room as ${stay.runtimeId} from ${at(stay.fromMs)} to ${at(stay.toMs)}`);
    }
  }
  return lines.join('\n');
}
