import type { ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import { leaveRulesSchema } from '@meeboter/domain/leave-rules.ts';
import { expect, test } from 'vitest';
import { stay } from './call.ts';
import { onServerTime } from './clock.ts';
import type { CallEnd } from './meeting.ts';
import { Room, type RoomOptions } from './room.ts';
import { testClock, testLease } from './testing/doubles.ts';

const person = (name: string) => ({ externalId: name, name, isHost: false });
const names = (entries: ReportEntry[]) =>
  entries.flatMap((entry) => (entry.kind === 'participant' ? [`${entry.change} ${entry.name}`] : []));

const roomOf = (options: Partial<RoomOptions>) =>
  new Room({
    ...{ clock: testClock(), report: () => undefined, noteTakers: [], botsHere: () => [] },
    ...{ admittedAt: testClock().now(), ...options },
  });
const NOBODY = { admittedAt: new Date(), endAt: null, noteTakers: [], botsHere: () => [] };

test('comings and goings are told once each', () => {
  const entries: ReportEntry[] = [];
  const room = roomOf({ report: (entry) => entries.push(entry) });
  room.update([person('Ada')]);
  room.update([person('Ada'), person('Ben')]);
  room.update(null);
  room.update([person('Ben')]);
  expect(names(entries)).toEqual(['joined Ada', 'joined Ben', 'left Ada']);
});

test('a name that the page tells later, and a host, are told as an update', () => {
  const entries: ReportEntry[] = [];
  const room = roomOf({ report: (entry) => entries.push(entry) });
  room.update([{ externalId: '1', name: 'A', isHost: false }]);
  room.update([{ externalId: '1', name: 'Ada', isHost: true }]);
  room.update([{ externalId: '1', name: 'Ada', isHost: true }]);
  expect(names(entries)).toEqual(['joined A', 'updated Ada']);
  expect(entries.at(-1)).toMatchObject({ is_host: true });
});

test('bots of the installation are no company for each other, but a namesake of one is', () => {
  const company = (names: string[], botsHere: string[]) => {
    const room = roomOf({ noteTakers: ['Otter', 'read.ai'], botsHere: () => botsHere });
    room.update(names.map((name, index) => ({ externalId: String(index), name, isHost: false })));
    return room.view().company;
  };
  expect(company(['Notes of Ada'], ['Notes of Ada'])).toBe(0);
  expect(company(['NOTES  of ada', 'Notes of Ada'], ['Notes of Ada'])).toBe(1);
  expect(company(['Minutes of the board of dir…'], ['Minutes of the board of directors'])).toBe(0);
  expect(company(['Minutes of the board'], ['Minutes of the board of directors'])).toBe(0);
  expect(company(['Minute'], ['Minutes of the board of directors'])).toBe(1);
  expect(company(["Ada's Otter", 'Read.ai (Bob)'], [])).toBe(0);
  expect(company(['Scotter', 'Thread.ait', 'Otterson'], [])).toBe(3);
});

test('whoever the page shows first was there when the bot came in, and nobody later', () => {
  const entries: ReportEntry[] = [];
  const clock = testClock();
  const room = roomOf({ clock, report: (entry) => entries.push(entry) });
  const admittedAt = clock.now().toISOString();
  clock.advance(3_000);
  room.update(null);
  room.update([person('Ada')]);
  clock.advance(1_000);
  room.update([person('Ada'), person('Ben')]);
  expect(entries).toMatchObject([{ at: admittedAt }, { at: clock.now().toISOString() }]);
});

test('a page that does not say does not start the clock of an empty room', () => {
  const clock = testClock();
  const room = roomOf({ clock });
  room.update([person('Ada')]);
  room.update(null);
  clock.advance(300_000);
  expect(room.view()).toMatchObject({ others: null, lastSeenOthersAtMs: clock.monotonicMs() });
  room.update([]);
  expect(room.view()).toMatchObject({ others: 0, lastSeenOthersAtMs: clock.monotonicMs() });
});

/** Starts a stay in a call that the given platform function ends. */
function call(rules: object, platform: (signal: AbortSignal) => Promise<CallEnd | null>) {
  const asked = new AbortController();
  const clock = testClock();
  const left = stay({
    meeting: {
      watch: (observer, { signal }) => {
        observer.onParticipants([]);
        return platform(signal);
      },
    },
    ...NOBODY,
    rules: leaveRulesSchema.parse(rules),
    admittedAtMs: clock.monotonicMs(),
    clock,
    report: () => undefined,
    lease: testLease(asked.signal).held,
  });
  return { left, asked, clock };
}
const untilAborted = (signal: AbortSignal) =>
  new Promise<null>((resolve) => signal.addEventListener('abort', () => resolve(null)));

test('the platform ends it', async () => {
  const { left } = call({}, async () => ({ reason: 'removed', because: 'the page says so' }));
  expect(await left).toEqual({ reason: 'removed', facts: { because: 'the page says so' } });
});

test('a rule ends it, with its value', async () => {
  const { left, clock } = call({ nobody_joined_timeout_seconds: 30 }, untilAborted);
  clock.advance(30_000);
  expect(await left).toEqual({
    reason: 'nobody_joined',
    facts: { rule: 'nobody_joined_timeout_seconds', after_seconds: 30 },
  });
});

test('somebody else ends it: the watch is stopped', async () => {
  const { left, asked } = call({}, untilAborted);
  asked.abort(new Error('told'));
  await expect(left).rejects.toThrow('told');
});

test('a watch that fails is a failure of the stay', async () => {
  const { left } = call({}, async () => {
    throw new Error('page gone');
  });
  await expect(left).rejects.toThrow('page gone');
});

test('who spoke when is told in the time of the reports, not of the page', async () => {
  const machine = testClock();
  const clock = onServerTime(machine, { serverTime: '2026-11-26T10:00:00.000Z', tookMs: 0 });
  machine.advance(5_000);
  const turns: ReportEntry[] = [];
  await stay({
    meeting: {
      watch: async (observer) => {
        const [startedAt, endedAt] = [2_000, 500].map((ago) => new Date(machine.now().getTime() - ago));
        if (startedAt && endedAt) observer.onSpeakerTurn({ externalId: '1', startedAt, endedAt });
        return { reason: 'meeting_ended', because: 'the page says so' };
      },
    },
    ...NOBODY,
    rules: leaveRulesSchema.parse({}),
    admittedAtMs: clock.monotonicMs(),
    clock,
    report: (entry) => turns.push(entry),
    lease: testLease().held,
  });
  expect(turns).toEqual([
    {
      kind: 'speaker_turn',
      external_id: '1',
      started_at: '2026-11-26T10:00:03.000Z',
      ended_at: '2026-11-26T10:00:04.500Z',
    },
  ]);
});
