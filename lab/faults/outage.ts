// The control plane is away while bots are in the call. What lasts `--seconds` here
// is ten minutes for the product, and its other times are shortened alike: with 40 s
// a lease of 15 minutes is 60 s, and a report comes every third of a second.
import { setTimeout as delay } from 'node:timers/promises';
import { LEASE_IN_CALL_MS, REPORT_INTERVAL_MS } from '@meeboter/domain/bot-protocol.ts';
import { Booker } from './bookings.ts';
import type { FaultOptions } from './options.ts';
import { PlatformServer } from './platform-server.ts';
import { seeded } from './random.ts';
import { Room } from './room.ts';
import { judge, settle, type Verdict } from './verdict.ts';
import { startFaultWorld } from './world.ts';

const OUTAGE_OF_PRODUCT_MS = 10 * 60_000;
/** Not shortened: the machine of a run has to get all bots into their calls. */
const LEASE_BEFORE_ADMISSION_MS = 20_000;
/** Part of the outage in which the servers come up again. */
const RESTART_MS = 15_000;
/** How long the meetings go on when all is well again. */
const AFTERWARDS_MS = 5_000;
const SETTLE_MS = 90_000;
const CATCH_UP_MS = 60_000;
/** Nothing is buffered but what was said in the last moment. */
const CAUGHT_UP_ENTRIES = 5;

export interface OutageRun extends Verdict {
  /** Bots that left the call while nobody could tell them to. */
  left: string[];
  /** Turns told of, and turns that arrived. */
  turns: { told: number; arrived: number };
  /** Recorded by the runtimes, and held by the finished recordings. */
  bytes: { told: number; arrived: number };
  notDone: string[];
  /** From the end of the outage until the control plane had all that was buffered, ms; null when it took longer than it may. */
  caughtUpMs: number | null;
}

/** Bots in the call; API, database and queue down; what is left of it. */
export async function runOutage(options: FaultOptions, say: (line: string) => void): Promise<OutageRun> {
  const room = new Room();
  const outageMs = options.seconds * 1_000;
  const scale = OUTAGE_OF_PRODUCT_MS / outageMs;
  let over = false;
  const platform = new PlatformServer({
    room,
    random: seeded(options.seed),
    fencing: true,
    capacity: { aws: options.bots, k8s: options.bots },
    meeting: () => () => !over,
    reportEveryMs: REPORT_INTERVAL_MS / scale,
    onFault: () => undefined,
  });
  const world = await startFaultWorld({
    redis: options.redis,
    sweeps: true,
    platformUrl: await platform.listen(),
    limit: options.bots,
    leaseMs: { beforeAdmission: LEASE_BEFORE_ADMISSION_MS, inCall: LEASE_IN_CALL_MS / scale },
    processes: { apis: 1, schedulers: 1, deployers: 1 },
  });
  try {
    const booker = new Booker(world.apiUrl, world.apiKey);
    await Promise.all(Array.from({ length: options.bots }, () => booker.book(seeded(options.seed), 0)));
    const all = () => platform.living().filter((runtime) => runtime.inCall).length === options.bots;
    for (const endMs = performance.now() + SETTLE_MS; !all() && performance.now() < endMs; ) await delay(100);
    if (!all()) throw new Error('not every bot came into the call');
    say(`${options.bots} bots in the call; the control plane goes down`);

    const cutAtMs = performance.now();
    world.front.down = true;
    world.front.cut();
    await Promise.all(world.children.map((child) => child.stop()));
    for (const runtime of platform.living()) runtime.pileUp(options.buffered);
    const downMs = Math.max(1_000, outageMs - RESTART_MS);
    await Promise.all([world.crashDatabase(downMs), world.crashQueue(downMs)]);
    for (const child of world.children) child.start();
    // Nobody gets through before the time is up, however fast the servers were back.
    await world.untilReady();
    await delay(Math.max(0, cutAtMs + outageMs - performance.now()));
    const present = new Set(room.present().map((stay) => stay.botId));
    const left = booker.bookings.map(({ id }) => id).filter((id) => !present.has(id));
    const awayMs = Math.round(performance.now() - cutAtMs);
    say(`back again after ${awayMs} ms; ${left.length} left meanwhile`);
    world.front.down = false;
    const caughtUpMs = await catchUp(platform);
    say(caughtUpMs === null ? `not caught up after ${CATCH_UP_MS} ms` : `caught up after ${caughtUpMs} ms`);
    // All is reported to the end, not only what was said before and in the outage.
    await delay(AFTERWARDS_MS);
    over = true;

    await settle(world, platform, SETTLE_MS);
    const verdict = await judge(world, { booker, platform, room });
    const [arrived] = await world.query<{ turns: number; bytes: number }>(
      `SELECT (SELECT count(*) FROM speaker_turns)::int AS turns,
         (SELECT coalesce(sum(bytes), 0) FROM recordings WHERE status = 'ready')::int AS bytes`,
    );
    const told = platform.all().map((runtime) => runtime.told ?? { turns: 0, bytes: 0 });
    const sum = (of: 'turns' | 'bytes') => told.reduce((total, it) => total + it[of], 0);
    const notDone = await world.query<{ id: string }>(`SELECT id FROM bots WHERE status <> 'DONE'`);
    return {
      ...verdict,
      left,
      turns: { told: sum('turns'), arrived: arrived?.turns ?? 0 },
      bytes: { told: sum('bytes'), arrived: arrived?.bytes ?? 0 },
      notDone: notDone.map(({ id }) => id),
      caughtUpMs,
    };
  } finally {
    platform.close();
    await world.close(options.keep);
    if (options.keep) say(`logs: ${world.dir}`);
  }
}

async function catchUp(platform: PlatformServer): Promise<number | null> {
  const sinceMs = performance.now();
  const isBehind = () => platform.living().some((runtime) => runtime.pending > CAUGHT_UP_ENTRIES);
  while (isBehind()) {
    if (performance.now() - sinceMs > CATCH_UP_MS) return null;
    await delay(50);
  }
  return Math.round(performance.now() - sinceMs);
}
