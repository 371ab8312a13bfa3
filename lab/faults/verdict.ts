// Judges a fault run, from the rows and from the room's own log.
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Booker } from './bookings.ts';
import type { PlatformServer } from './platform-server.ts';
import type { Room } from './room.ts';
import type { FaultWorld } from './world.ts';

export interface Verdict {
  bookings: number;
  lost: string[];
  doubled: string[];
  stuck: string[];
  violations: string[];
  /** How long after the wanted time bots were in the room, ms. */
  lateMs: { p50: number; p95: number; p99: number };
}

interface BotRow {
  id: string;
  status: string;
  sub_code: string;
  detail: string | null;
  was_admitted: boolean;
  tries: number;
  runtime_id: string | null;
  claimed_at: Date | null;
  knocked_at: Date | null;
  ended_at: Date | null;
}

const INVARIANTS = new URL('../../prisma/invariants.sql', import.meta.url);
const TERMINAL = ['DONE', 'FATAL', 'CANCELLED'];

/** True when every bot has ended, every slot is idle, and no runtime is left. */
async function isSettled(world: FaultWorld, platform: PlatformServer): Promise<boolean> {
  const [row] = await world.query<{ n: number }>(
    `SELECT (SELECT count(*) FROM bots WHERE status NOT IN ('DONE', 'FATAL', 'CANCELLED'))::int +
       (SELECT count(*) FROM bot_pool_slots WHERE state <> 'idle')::int AS n`,
  );
  return row?.n === 0 && platform.living().length === 0;
}

/** Waits until everything has settled. Returns how long it took, ms; null when it took longer than the deadline. */
export async function settle(
  world: FaultWorld,
  platform: PlatformServer,
  deadlineMs: number,
): Promise<number | null> {
  const startedAtMs = performance.now();
  while (performance.now() - startedAtMs < deadlineMs) {
    if (await isSettled(world, platform).catch(() => false))
      return Math.round(performance.now() - startedAtMs);
    await delay(200);
  }
  return null;
}

/** Judges the run. Call it after `settle`. */
export async function judge(
  world: FaultWorld,
  parts: { booker: Booker; platform: PlatformServer; room: Room },
): Promise<Verdict> {
  const { booker, platform, room } = parts;
  const rows = await world.query<BotRow>(
    `SELECT b.id, b.status::text AS status, b.sub_code, b.detail,
       EXISTS (SELECT 1 FROM events e WHERE e.bot_id = b.id AND e.payload ->> 'to' = 'IN_CALL') AS was_admitted,
       b.claimed_at, b.knocked_at, b.ended_at,
       (SELECT d.runtime_id FROM deployments d WHERE d.bot_id = b.id AND d.attempt = b.attempt) AS runtime_id,
       (SELECT count(*)::int FROM deployments d WHERE d.bot_id = b.id
          AND coalesce(d.fail_sub_code, '') NOT IN ('platform_full', 'platform_out')) AS tries
     FROM bots b`,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  const lost = booker.bookings.flatMap(({ id }) => {
    const why = lostBecause(byId.get(id));
    return why === null ? [] : [`${id}: ${why}`];
  });
  const slots = await world.query<{ id: string; state: string; error: string | null }>(
    `SELECT id, state::text AS state, error FROM bot_pool_slots WHERE state <> 'idle'`,
  );
  const stuck = [
    ...slots.map((slot) => `slot ${slot.id} is ${slot.state} ${slot.error ?? ''}`),
    ...platform.living().map((runtime) => `runtime ${runtime.id} of ${runtime.order.botId} still runs`),
    ...world.children.flatMap(({ name, killedByForce }) =>
      killedByForce > 0 ? [`${name} did not stop in time after SIGTERM, ${killedByForce} times`] : [],
    ),
    ...booker.refused,
  ];
  const found = await world.query<{ invariant: string; violation: string }>(readFileSync(INVARIANTS, 'utf8'));
  return {
    bookings: booker.bookings.length,
    lost,
    doubled: room.doubled(),
    stuck,
    violations: [
      ...found.map(({ invariant, violation }) => `${invariant}: ${violation}`),
      ...earlyArrivals(booker, room),
      ...rows.flatMap((row) => wrongStamps(row, { platform, room })),
      ...platform.all().flatMap((it) => (it.failure ? [`runtime of ${it.order.botId}: ${it.failure}`] : [])),
    ],
    lateMs: percentiles(lateness(booker, room)),
  };
}

/** Why a booking is lost: it has no end, or an end that no rule explains. Null when it is not lost. */
function lostBecause(bot: BotRow | undefined): string | null {
  if (!bot) return 'answered with 201, but not in the database';
  if (!TERMINAL.includes(bot.status)) return `still ${bot.status} (${bot.sub_code})`;
  if (bot.status !== 'FATAL') return null;
  // Its runtime was killed, frozen or cut off in the call, where no new attempt is made.
  if (bot.was_admitted && bot.sub_code === 'runtime_lost') return null;
  if (bot.sub_code === 'attempts_exhausted' && bot.tries >= 3) return null;
  return `FATAL ${bot.sub_code} after ${bot.tries} tries: ${bot.detail ?? ''}`;
}

/** For reading the same machine's clock in different processes. */
const CLOCK_TOLERANCE_MS = 100;

/** Bots that were in the room before their join time. Moved bookings are left out: their bot may have been on its way already. */
function earlyArrivals(booker: Booker, room: Room): string[] {
  return booker.bookings.flatMap(({ id, wantedAtMs, edited }) => {
    const [first] = room.of(id);
    if (edited || !first) return [];
    const earlyMs = wantedAtMs - (performance.timeOrigin + first.fromMs);
    return earlyMs > CLOCK_TOLERANCE_MS ? [`${id} was ${Math.round(earlyMs)} ms early`] : [];
  });
}

/** How far the stamp may be from the room's log: the machine is loaded, and runtimes are frozen. */
const STAMP_TOLERANCE_MS = 3_000;

/** Stamps of a bot's knock that are impossible, or contradict the room's log. */
function wrongStamps(bot: BotRow, { platform, room }: { platform: PlatformServer; room: Room }): string[] {
  const { id, claimed_at, knocked_at, ended_at } = bot;
  if (!knocked_at) return [];
  const impossible = !claimed_at || knocked_at < claimed_at || (ended_at !== null && knocked_at > ended_at);
  if (impossible) {
    const times = [claimed_at, knocked_at, ended_at].map((at) => at?.toISOString() ?? 'never');
    return [`${id} claimed, knocked and ended in an impossible order: ${times.join(', ')}`];
  }
  const runtime = platform.all().find((it) => it.id === bot.runtime_id);
  const [stay] = room.of(id).filter((it) => it.runtimeId === bot.runtime_id);
  if (!runtime || runtime.clockWasSet || !stay) return [];
  const offMs = knocked_at.getTime() - (performance.timeOrigin + stay.fromMs);
  return Math.abs(offMs) > STAMP_TOLERANCE_MS
    ? [`${id} has a knock stamp ${Math.round(offMs)} ms after it entered the room`]
    : [];
}

function lateness(booker: Booker, room: Room): number[] {
  const origin = performance.timeOrigin;
  return booker.bookings.flatMap(({ id, wantedAtMs }) => {
    const [first] = room.of(id);
    return first ? [Math.max(0, origin + first.fromMs - wantedAtMs)] : [];
  });
}

function percentiles(values: number[]): Verdict['lateMs'] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
