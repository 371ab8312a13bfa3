// A property test of a bot's life. Everything that can happen to a few bots happens in any order: bookings,
// edits, cancels, hints in any order and twice, claims, reports, expired leases, platforms that are full or do
// not confirm a stop. The invariants hold after every step, and from every state that this leads to, the sweep
// brings every bot to its end.
import { readFileSync } from 'node:fs';
import type { ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import { type BotStatus, isTerminal, RUNTIME_STATUSES, type RuntimeStatus } from '@meeboter/domain/status.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { holds } from './support/holds.ts';
import {
  BACKDATES,
  LIFE_PLATFORMS,
  type Life,
  type LifePlatform,
  type Session,
  startLife,
} from './support/life.ts';

const INVARIANTS = readFileSync(new URL('../prisma/invariants.sql', import.meta.url), 'utf8');
const AT = '2026-11-25T12:00:00Z';

let life: Life;
beforeAll(async () => {
  life = await startLife();
});
afterAll(() => life.close());

// ------------------------------------------------------------------- generators

/** `nth` selects one of what exists, counted from the newest. */
type Act =
  | { act: 'book'; priority: number }
  | { act: 'edit'; nth: number; joinInS: number | null; priority: number }
  | { act: 'cancel'; nth: number }
  | { act: 'deliver'; nth: number; again: boolean; lastTry: boolean }
  | { act: 'sweep'; nth: number }
  | { act: 'backdate'; what: keyof typeof BACKDATES }
  | { act: 'claim'; nth: number; runtime: number }
  | { act: 'proceed'; nth: number }
  | { act: 'report'; nth: number; seq: -1 | 0 | 1; as: number | null; entries: ReportEntry[] }
  | { act: 'die'; nth: number }
  | { act: 'platform'; name: LifePlatform; room: number; stop: 'fault' | null; observe: 'unknown' | null }
  | { act: 'reconcile'; name: LifePlatform };

const nth = fc.nat({ max: 3 });
const name = fc.constantFrom(...LIFE_PLATFORMS);
const fault = fc.constantFrom('fault' as const, null, null);
const unknown = fc.constantFrom('unknown' as const, null, null);
const entry: fc.Arbitrary<ReportEntry> = fc.oneof(
  fc.record({
    kind: fc.constant('status' as const),
    at: fc.constant(AT),
    status: fc.constantFrom(...RUNTIME_STATUSES),
    sub_code: fc.constantFrom(
      'admitted',
      'denied',
      'browser_failed',
      'everyone_left',
      'shutdown',
      'unheard_of',
    ),
  }),
  fc.constantFrom<ReportEntry>(
    { kind: 'phase', at: AT, phase: 'knocked' },
    { kind: 'phase', at: AT, phase: 'admitted' },
    { kind: 'recording_state', at: AT, state: 'recording' },
    { kind: 'participant', at: AT, external_id: 'p', name: 'P', change: 'joined' },
    {
      kind: 'part_uploaded',
      at: AT,
      recording_id: 'rec_none',
      part_number: 1,
      etag: 'e',
      bytes: 1,
      media_ms: 1,
    },
  ),
);
const of = <A extends Act['act'], T>(act: A, fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record({ act: fc.constant(act), ...fields });
const act = fc.oneof(
  { weight: 2, arbitrary: of('book', { priority: fc.constantFrom(0, 10) }) },
  {
    weight: 1,
    arbitrary: of('edit', { nth, joinInS: fc.constantFrom(null, -5, 3600), priority: fc.constantFrom(0, 5) }),
  },
  { weight: 1, arbitrary: of('cancel', { nth }) },
  { weight: 10, arbitrary: of('deliver', { nth, again: fc.boolean(), lastTry: fc.boolean() }) },
  { weight: 3, arbitrary: of('sweep', { nth: fc.nat({ max: 20 }) }) },
  {
    weight: 3,
    arbitrary: of('backdate', {
      what: fc.constantFrom(...(Object.keys(BACKDATES) as (keyof typeof BACKDATES)[])),
    }),
  },
  { weight: 5, arbitrary: of('claim', { nth, runtime: fc.nat({ max: 1 }) }) },
  { weight: 5, arbitrary: of('proceed', { nth }) },
  {
    weight: 4,
    arbitrary: of('report', {
      nth,
      seq: fc.constantFrom(-1 as const, 0 as const, 1 as const),
      as: fc.option(nth),
      entries: fc.array(entry, { maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: of('die', { nth }) },
  {
    weight: 1,
    arbitrary: of('platform', { name, room: fc.constantFrom(0, 9), stop: fault, observe: unknown }),
  },
  { weight: 1, arbitrary: of('reconcile', { name }) },
) as fc.Arbitrary<Act>;
/** Acts that happen at the same time; mostly one. */
const round = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(act) },
  { weight: 2, arbitrary: fc.array(act, { minLength: 2, maxLength: 4 }) },
);
const cases = fc.record({
  /** First, some bots advance this far without faults, so that the acts meet bots at any point of their life. */
  beginning: fc.record({
    bots: fc.integer({ min: 0, max: 3 }),
    steps: fc.integer({ min: 0, max: 7 }),
    /** The platforms do not confirm a stop, until a `platform` act changes that. */
    noStopConfirmed: fc.constantFrom(false, false, false, true),
  }),
  rounds: fc.array(round, { minLength: 5, maxLength: 40, size: 'max' }),
  /** What happens at the end, while the sweep ends every bot. */
  end: fc.record({
    /** The queue loses every hint. */
    queueIsEmptied: fc.boolean(),
    /** New runtimes claim their bots, and then do not report. */
    runtimesClaim: fc.boolean(),
    /** The platforms' runtimes are gone, not only silent. */
    runtimesDie: fc.boolean(),
    /** Queued bots reach their deadline. */
    queueTimesOut: fc.boolean(),
  }),
});
type End = (typeof cases extends fc.Arbitrary<infer T> ? T : never)['end'];

// ---------------------------------------------------------- performing and checking

class Scenario {
  readonly bots: string[] = [];
  readonly sessions: Session[] = [];
  readonly ended = new Map<string, string>();
  /** The runtime that claimed each deployment. */
  readonly claimants = new Map<string, string>();
  readonly fenced = new Set<Session>();

  /** Books bots and takes them some steps ahead without faults: queued, deploying, claimed, and so on. */
  async advance({
    bots,
    steps,
    noStopConfirmed,
  }: {
    bots: number;
    steps: number;
    noStopConfirmed: boolean;
  }): Promise<void> {
    if (noStopConfirmed) for (const name of LIFE_PLATFORMS) life.platformOf(name).says = { stop: 'fault' };
    for (let n = 0; n < bots; n += 1) await this.perform({ act: 'book', priority: 0 });
    await life.backdate('start');
    for (let step = 1; step <= steps; step += 1) {
      if (step <= 3) await this.#deliverAll();
      else if (step === 4) for (const id of await this.#deployments()) await this.#claim(id, 'runtime-0');
      else for (const session of this.sessions) await this.#proceed(session);
    }
    for (const session of steps < 7 ? this.sessions : []) {
      expect(await life.ownsBot(session), 'a runtime that has claimed owns its bot').toBe(true);
    }
  }

  /** Delivers each hint once, without those that this sends. What fails is left to the sweep. */
  async #deliverAll(): Promise<void> {
    for (const hint of life.jobs.hints.splice(0)) await life.deliver(hint);
  }

  async perform(act: Act): Promise<void> {
    switch (act.act) {
      case 'book':
        if (this.bots.length < 4) this.bots.push(await life.book(act.priority));
        return;
      case 'edit': {
        const joinAt = act.joinInS === null ? {} : { join_at: new Date(Date.now() + act.joinInS * 1000) };
        await this.#with(this.bots, act.nth, (bot) => life.edit(bot, { ...joinAt, priority: act.priority }));
        return;
      }
      case 'cancel':
        return this.#with(this.bots, act.nth, (bot) => life.cancel(bot));
      case 'deliver': {
        const { hints } = life.jobs;
        const hint = hints.at(-1 - (act.nth % Math.max(1, hints.length)));
        if (!hint) return;
        if (!act.again) hints.splice(hints.indexOf(hint), 1);
        return life.deliver(hint, act.lastTry);
      }
      case 'sweep':
        return void (await life.sweep(act.nth));
      case 'backdate':
        return void (await life.backdate(act.what));
      case 'claim':
        return this.#with(await this.#deployments(), act.nth, (id) =>
          this.#claim(id, `runtime-${act.runtime}`),
        );
      case 'proceed':
        return this.#with(this.sessions, act.nth, (session) => this.#proceed(session));
      case 'report':
        return this.#with(this.sessions, act.nth, (session) => {
          session.seq += Math.max(0, act.seq);
          const seq = Math.max(1, session.seq + Math.min(0, act.seq));
          const as = act.as === null ? session : (this.sessions.at(-1 - act.as) ?? session);
          return life.report(session, as, seq, act.entries);
        });
      case 'die':
        return this.#with(await this.#deployments(), act.nth, async (id) => {
          for (const platform of LIFE_PLATFORMS) life.platformOf(platform).running.delete(id);
        });
      case 'platform': {
        const platform = life.platformOf(act.name);
        platform.room = act.room;
        platform.says = { ...(act.stop && { stop: act.stop }), ...(act.observe && { observe: act.observe }) };
        return;
      }
      case 'reconcile':
        return life.reconcile(act.name);
      default:
        act satisfies never;
    }
  }

  async #with<T>(list: readonly T[], nth: number, use: (one: T) => Promise<unknown>): Promise<void> {
    const one = list.at(-1 - nth);
    if (one !== undefined) await use(one);
  }

  async #deployments(): Promise<string[]> {
    const rows = await life.query<{ id: string }>('SELECT id FROM deployments ORDER BY created_at, id');
    return rows.map((row) => row.id);
  }

  async #claim(deploymentId: string, runtimeId: string): Promise<void> {
    const session = await life.claim(deploymentId, runtimeId);
    if (!session) return;
    const winner = this.claimants.get(deploymentId) ?? runtimeId;
    expect(runtimeId, 'one runtime claims a deployment').toBe(winner);
    this.claimants.set(deploymentId, winner);
    const known = this.sessions.some((it) => it.deploymentId === deploymentId);
    if (!known) this.sessions.push(session);
  }

  /** Reports the next status of a runtime whose meeting goes well. */
  async #proceed(session: Session): Promise<void> {
    const [bot] = await life.query<{ status: BotStatus }>(
      'SELECT status FROM bots WHERE id = $1',
      session.botId,
    );
    const next: Partial<Record<BotStatus, RuntimeStatus>> = {
      JOINING_CALL: 'IN_WAITING_ROOM',
      IN_WAITING_ROOM: 'IN_CALL',
      IN_CALL: 'LEAVING',
      LEAVING: 'DONE',
    };
    const status = bot && next[bot.status];
    // A runtime that has reported its end exits. One that stays is waited for (5 s), which few cases need.
    if (status === 'DONE')
      for (const name of LIFE_PLATFORMS) life.platformOf(name).running.delete(session.deploymentId);
    session.seq += 1;
    const entries: ReportEntry[] = status ? [{ kind: 'status', at: AT, status, sub_code: 'admitted' }] : [];
    await life.report(session, session, session.seq, entries);
  }

  /** Checks what must hold at any time. */
  async check(): Promise<void> {
    // I8 cannot fail here: nothing is old enough.
    expect(await life.query<{ invariant: string }>(INVARIANTS)).toEqual([]);
    const bots = await life.query<{ id: string; status: BotStatus }>('SELECT id, status FROM bots');
    for (const { id, status } of bots) {
      expect(status, 'a bot that has ended keeps its status').toBe(this.ended.get(id) ?? status);
      if (isTerminal(status)) this.ended.set(id, status);
    }
    const owned: string[] = [];
    for (const session of this.sessions) {
      if (this.fenced.has(session)) continue;
      if (await life.ownsBot(session)) owned.push(session.botId);
      else this.fenced.add(session);
    }
    expect(new Set(owned).size, 'one runtime owns a bot').toBe(owned.length);
  }

  /** Lets time pass without further acts, until the sweep has ended every bot. */
  async finish(how: End): Promise<void> {
    if (how.queueIsEmptied) life.jobs.hints.length = 0;
    for (const name of LIFE_PLATFORMS) {
      const platform = life.platformOf(name);
      platform.room = 9;
      platform.says = {};
    }
    const overdue = ['start', 'intent', 'lease', 'mute', 'drain', 'recovery', 'full'] as const;
    for (let round = 0; round < 40; round += 1) {
      if (await this.#isOver()) break;
      for (const what of overdue) await life.backdate(what);
      if (how.queueTimesOut) await life.backdate('deadline');
      if (how.runtimesDie) for (const name of LIFE_PLATFORMS) life.platformOf(name).running.clear();
      await life.sweepAll();
      while (life.jobs.hints.length > 0) await this.#deliverAll();
      if (how.runtimesClaim)
        for (const id of await this.#deployments()) await this.#claim(id, 'runtime-late');
      await this.check();
    }
    const open = await life.query('SELECT id, status, sub_code, attempt FROM bots WHERE ended_at IS NULL');
    expect(open, 'every bot has ended').toEqual([]);
    expect(await this.#isOver(), 'every slot is idle').toBe(true);
    for (const name of LIFE_PLATFORMS) {
      await life.reconcile(name);
      expect([...life.platformOf(name).running], 'no runtime is left').toEqual([]);
    }
    for (const session of this.sessions)
      expect(await life.ownsBot(session), 'a runtime stays fenced off').toBe(false);
  }

  async #isOver(): Promise<boolean> {
    const [row] = await life.query<{ open: number }>(`
      SELECT (SELECT count(*) FROM bots WHERE ended_at IS NULL)::int
        + (SELECT count(*) FROM bot_pool_slots WHERE state <> 'idle')::int
        + (SELECT count(*) FROM deployments WHERE state <> 'ended')::int AS open`);
    return row?.open === 0;
  }
}

it('in any order of events the invariants hold, and every bot comes to its end', async () => {
  await holds(
    cases,
    async ({ beginning, rounds, end }) => {
      await life.begin();
      const scenario = new Scenario();
      await scenario.advance(beginning);
      await scenario.check();
      for (const acts of rounds) {
        await Promise.all(acts.map((act) => scenario.perform(act)));
        await scenario.check();
      }
      await scenario.finish(end);
    },
    { numRuns: 60, budgetMs: 9_000 },
  );
}, 120_000);
