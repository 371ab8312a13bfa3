// Compares what a bot says of a lab meeting with what the lab saw: who was there from when to when, and who spoke.
import { expect } from 'vitest';
import type { Lab } from '../../lab/server.ts';
import { onlyGuest, type Sent } from './stay.ts';
import type { World } from './world.ts';

interface PersonView {
  name: string;
  joined_at: string;
  left_at: string | null;
}

/** How far a time that the bot tells may be from the lab's. */
const APART_MS = 2_000;

/** Checks the names and times of all people. Whoever was there before the bot counts from its admission on. */
export async function expectPeople(lab: Lab, world: World, { bot, code }: Sent): Promise<void> {
  const { body } = await world.call<{ data: PersonView[] }>('GET', `/v1/bots/${bot.id}/participants`);
  const { participants } = lab.presence(code);
  const admittedMs = Date.parse(onlyGuest(lab, code).admitted_at ?? '');
  expect(body.data.map(({ name }) => name).sort()).toEqual(participants.map(({ name }) => name).sort());
  for (const person of participants) {
    const seen = body.data.find(({ name }) => name === person.name);
    const joinedMs = Math.max(Date.parse(person.joined_at), admittedMs);
    expectNear(seen?.joined_at, joinedMs, `${person.name} joined`);
    expectNear(seen?.left_at, Date.parse(person.left_at ?? ''), `${person.name} left`);
  }
}

function expectNear(told: string | null | undefined, seenMs: number, what: string): void {
  const lateMs = Date.parse(told ?? '') - seenMs;
  expect(Math.abs(lateMs), `${what}: the bot is ${lateMs} ms late`).toBeLessThan(APART_MS);
}

interface Span {
  name: string;
  fromMs: number;
  toMs: number;
}

/** The share of the lab's turns that the bot told of, and the share of the bot's turns that the lab had, by time and person. */
export async function turnShares(
  lab: Lab,
  world: World,
  { bot, code }: Sent,
): Promise<{ told: number; right: number }> {
  const rows = await world.database.query<{ name: string; started_at: Date; ended_at: Date }>(
    `SELECT DISTINCT p.name, t.started_at, t.ended_at FROM speaker_turns t
     JOIN participants p ON p.bot_id = t.bot_id AND p.external_id = t.external_id WHERE t.bot_id = $1`,
    [bot.id],
  );
  const span = (name: string, from: string | Date, to: string | Date): Span => ({
    name,
    fromMs: new Date(from).getTime(),
    toMs: new Date(to).getTime(),
  });
  const ofBot = rows.map((row) => span(row.name, row.started_at, row.ended_at));
  const ofLab = lab
    .presence(code)
    .turns.map((turn) => span(turn.name, turn.started_at, turn.ended_at ?? new Date()));
  const both = ofLab.flatMap((a) => ofBot.map((b) => (a.name === b.name ? common(a, b) : 0)));
  const sharedMs = both.reduce((sum, ms) => sum + ms, 0);
  return { told: sharedMs / total(ofLab), right: sharedMs / total(ofBot) };
}

const common = (a: Span, b: Span) => Math.max(0, Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs));
const total = (spans: readonly Span[]) => spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
