// The control plane is away while bots are in the call. Times are a twentieth of
// the product's: a lease of 15 minutes is 45 s, ten minutes of outage are 30 s.
import { setTimeout as delay } from 'node:timers/promises';
import { Booker } from './bookings.ts';
import type { FaultOptions } from './options.ts';
import { PlatformServer } from './platform-server.ts';
import { seeded } from './random.ts';
import { Room } from './room.ts';
import { isSettled, judge, type Verdict } from './verdict.ts';
import { startFaultWorld } from './world.ts';

const SCALE = 20;
const LEASE_MS = { beforeAdmission: 20_000, inCall: (15 * 60_000) / SCALE };
const OUTAGE_MS = (10 * 60_000) / SCALE;
const SETTLE_MS = 90_000;

export interface OutageRun extends Verdict {
  /** Bots that left the call while nobody could tell them to. */
  left: string[];
  /** Turns told of, and turns that arrived. */
  turns: { told: number; arrived: number };
  parts: { told: number; arrived: number };
  notDone: string[];
}

/** Bots in the call; API, database and queue down; what is left of it. */
export async function runOutage(options: FaultOptions, say: (line: string) => void): Promise<OutageRun> {
  const room = new Room();
  const platform = new PlatformServer({
    room,
    random: seeded(options.seed),
    fencing: true,
    capacity: { aws: options.bots, k8s: options.bots },
    stayMs: () => OUTAGE_MS + 15_000,
    onFault: () => undefined,
  });
  const world = await startFaultWorld({
    redis: options.redis,
    sweeps: true,
    platformUrl: await platform.listen(),
    limit: options.bots,
    leaseMs: LEASE_MS,
    processes: { apis: 1, schedulers: 1, deployers: 1 },
  });
  try {
    const booker = new Booker(world.apiUrl, world.apiKey);
    await Promise.all(Array.from({ length: options.bots }, () => booker.book(seeded(options.seed), 0)));
    const all = () => platform.living().filter((runtime) => runtime.inCall).length === options.bots;
    for (const endMs = performance.now() + SETTLE_MS; !all() && performance.now() < endMs; ) await delay(100);
    if (!all()) throw new Error('not every bot came into the call');
    say(`${options.bots} bots in the call; the control plane goes down`);

    world.front.down = true;
    world.front.cut();
    await Promise.all(world.children.map((child) => child.stop()));
    await Promise.all([world.crashDatabase(OUTAGE_MS), world.crashQueue(OUTAGE_MS)]);
    const present = new Set(room.present().map((stay) => stay.botId));
    const left = booker.bookings.map(({ id }) => id).filter((id) => !present.has(id));
    say(`back again; ${left.length} left meanwhile`);
    world.front.down = false;
    for (const child of world.children) child.start();

    for (const endMs = performance.now() + SETTLE_MS; performance.now() < endMs; await delay(200)) {
      if (await isSettled(world, platform).catch(() => false)) break;
    }
    const verdict = await judge(world, { booker, platform, room });
    const [arrived] = await world.query<{ turns: number; parts: number }>(
      `SELECT (SELECT count(*) FROM speaker_turns)::int AS turns, (SELECT count(*) FROM recording_parts p
         JOIN recordings r ON r.id = p.recording_id WHERE r.status = 'ready')::int AS parts`,
    );
    const told = platform.all().map((runtime) => runtime.told ?? { turns: 0, parts: 0 });
    const sum = (of: 'turns' | 'parts') => told.reduce((total, it) => total + it[of], 0);
    const notDone = await world.query<{ id: string }>(`SELECT id FROM bots WHERE status <> 'DONE'`);
    return {
      ...verdict,
      left,
      turns: { told: sum('turns'), arrived: arrived?.turns ?? 0 },
      parts: { told: sum('parts'), arrived: arrived?.parts ?? 0 },
      notDone: notDone.map(({ id }) => id),
    };
  } finally {
    platform.close();
    await world.close(options.keep);
    if (options.keep) say(`logs: ${world.dir}`);
  }
}
