import { leaveRulesSchema } from '@meeboter/domain/leave-rules.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { callForHelp } from './help.ts';
import { testClock } from './testing/doubles.ts';
import { defaultClaim } from './testing/fake-api.ts';
import type { Visit } from './visit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A visit that waits for admission, and what it has told. */
function waiting() {
  const claim = {
    ...defaultClaim('http://127.0.0.1'),
    leave_rules: leaveRulesSchema.parse({ needs_action_after_seconds: 30 }),
  };
  const told: unknown[] = [];
  const clock = testClock();
  const session = { report: (entry: unknown) => void told.push(entry) };
  const help = callForHelp({ claim, session, clock } as unknown as Visit, { remedy: 'Admit the bot.' });
  const pass = (ms: number) => {
    clock.advance(ms);
    vi.advanceTimersByTime(ms);
  };
  return { help, told, pass };
}
const notice = (kind: string, seconds: number, settled: { settled?: string } = {}) =>
  expect.objectContaining({
    notice: kind,
    sub_code: 'waiting_for_admission',
    facts: expect.objectContaining({ waited_seconds: seconds, remedy: 'Admit the bot.', ...settled }),
  });

test.each(['admitted', 'given_up'] as const)('asks once after a while, and says that it was %s', (how) => {
  const { help, told, pass } = waiting();
  help.waits();
  pass(29_000);
  help.waits();
  expect(told).toEqual([]);
  pass(2_000);
  expect(told).toEqual([notice('needs_action', 31)]);
  pass(60_000);
  help.settled(how);
  help.settled(how);
  expect(told.slice(1)).toEqual([notice('action_settled', 91, { settled: how })]);
});

test('asks nobody when the bot is let in soon, or has not knocked', () => {
  const { help, told, pass } = waiting();
  help.waits();
  pass(10_000);
  help.settled('admitted');
  pass(60_000);
  expect(told).toEqual([]);
});
