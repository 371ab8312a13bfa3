// The control plane is away while bots are in the call. The outage of `--seconds` stands for ten minutes, and
// leases and report intervals are shortened by the same factor: with 40 s, a lease of 15 minutes is 60 s, and
// bots report every third of a second.
import { setTimeout as delay } from 'node:timers/promises';
import { LEASE_IN_CALL_MS, REPORT_INTERVAL_MS } from '@meeboter/domain/bot-protocol.ts';
import { Booker } from './bookings.ts';
import type { FaultOptions } from './options.ts';
import { PlatformServer } from './platform-server.ts';
import { seeded } from './random.ts';
import { Room } from './room.ts';
import { judge, settle, type Verdict } from './verdict.ts';
import { startFaultWorld } from './world.ts';

const UNSCALED_OUTAGE_MS = 10 * 60_000;
/** Not shortened, because getting all bots into their calls takes its time. */
const LEASE_BEFORE_ADMISSION_MS = 20_000;
/** The last part of the outage, in which the servers start again. */
const RESTART_MS = 15_000;
/** How long the meetings go on after the bots have caught up. */
const AFTERWARDS_MS = 5_000;
const SETTLE_MS = 90_000;
const CATCH_UP_MS = 60_000;
/** A bot has caught up when no more than this many entries are pending. */
const CAUGHT_UP_ENTRIES = 5;

export interface OutageRun extends Verdict {
  /** Bots that left the call during the outage. */
  left: string[];
  /** Speaker turns that the runtimes reported, and those in the database. */
  turns: { reported: number; arrived: number };
  /** Bytes that the runtimes recorded, and those in the finished recordings. */
  bytes: { reported: number; arrived: number };
  notDone: string[];
  /** Time from the end of the outage until the buffered entries had arrived, ms; null when it took more than CATCH_UP_MS. */
  caughtUpMs: number | null;
}

/** Gets bots into the call, takes API, database and queue down, brings them back, and judges the result. */
export async function runOutage(options: FaultOptions, say: (line: string) => void): Promise<OutageRun> {
  const room = new Room();
  const outageMs = options.seconds * 1_000;
  const scale = UNSCALED_OUTAGE_MS / outageMs;
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
    if (!all()) throw new Error('not every bot got into the call');
    say(`${options.bots} bots in the call; the control plane goes down`);

    const cutAtMs = performance.now();
    world.front.down = true;
    world.front.cut();
    await Promise.all(world.children.map((child) => child.stop()));
    for (const runtime of platform.living()) runtime.buffer(options.buffered);
    const downMs = Math.max(1_000, outageMs - RESTART_MS);
    await Promise.all([world.crashDatabase(downMs), world.crashQueue(downMs)]);
    for (const child of world.children) child.start();
    // The front stays closed until the outage is over, however fast the servers were.
    await world.untilReady();
    await delay(Math.max(0, cutAtMs + outageMs - performance.now()));
    const present = new Set(room.present().map((stay) => stay.botId));
    const left = booker.bookings.map(({ id }) => id).filter((id) => !present.has(id));
    const awayMs = Math.round(performance.now() - cutAtMs);
    say(`back again after ${awayMs} ms; ${left.length} left meanwhile`);
    world.front.down = false;
    const caughtUpMs = await catchUp(platform);
    say(caughtUpMs === null ? `not caught up after ${CATCH_UP_MS} ms` : `caught up after ${caughtUpMs} ms`);
    // The meetings go on, to check that reports also arrive after the outage.
    await delay(AFTERWARDS_MS);
    over = true;

    await settle(world, platform, SETTLE_MS);
    const verdict = await judge(world, { booker, platform, room });
    const [arrived] = await world.query<{ turns: number; bytes: number }>(
      `SELECT (SELECT count(*) FROM speaker_turns)::int AS turns,
         (SELECT coalesce(sum(bytes), 0) FROM recordings WHERE status = 'ready')::int AS bytes`,
    );
    const reported = platform.all().map((runtime) => runtime.reported ?? { turns: 0, bytes: 0 });
    const sum = (of: 'turns' | 'bytes') => reported.reduce((total, it) => total + it[of], 0);
    const notDone = await world.query<{ id: string }>(`SELECT id FROM bots WHERE status <> 'DONE'`);
    return {
      ...verdict,
      left,
      turns: { reported: sum('turns'), arrived: arrived?.turns ?? 0 },
      bytes: { reported: sum('bytes'), arrived: arrived?.bytes ?? 0 },
      notDone: notDone.map(({ id }) => id),
      caughtUpMs,
    };
  } finally {
    platform.close();
    await world.close(options.keep);
    if (options.keep) say(`logs: ${world.dir}`);
  }
}

/** Waits until the runtimes have caught up. Returns how long it took, ms; null when it took too long. */
async function catchUp(platform: PlatformServer): Promise<number | null> {
  const sinceMs = performance.now();
  const isBehind = () => platform.living().some((runtime) => runtime.pending > CAUGHT_UP_ENTRIES);
  while (isBehind()) {
    if (performance.now() - sinceMs > CATCH_UP_MS) return null;
    await delay(50);
  }
  return Math.round(performance.now() - sinceMs);
}
