import { expect, test } from 'vitest';
import type { Ending } from './departure.ts';
import { lastStatus } from './finish.ts';
import { MeetingFault } from './meeting.ts';

const leave = (reason: 'user_requested' | 'shutdown' | 'removed'): Ending => ({
  kind: 'leave',
  reason,
  facts: {},
});
const ruled: Ending = { kind: 'leave', reason: 'silence', facts: { rule: 'silence_timeout_seconds' } };
const fault: Ending = { kind: 'fault', fault: new MeetingFault('recorder_failed', 'gone') };

test.each([
  ['a call left in order', leave('removed'), true, false, 'DONE finished'],
  ['told to leave in the call', leave('user_requested'), true, false, 'DONE finished'],
  ['told to leave before it', leave('user_requested'), false, false, 'CANCELLED cancelled_by_user'],
  ['the machine stops before the call', leave('shutdown'), false, false, 'FATAL shutdown'],
  ['the rest could not be uploaded', leave('removed'), true, true, 'FATAL upload_failed'],
  ['a failure in the call', fault, true, false, 'FATAL recorder_failed'],
  ['a failure comes before a failed upload', fault, true, true, 'FATAL recorder_failed'],
  ['fenced', { kind: 'fenced', by: 'clock' } as const, true, false, 'FATAL runtime_lost'],
])('%s', (_what, ending, admitted, undelivered, expected) => {
  const { status, subCode } = lastStatus(ending, admitted, undelivered);
  expect(`${status} ${subCode}`).toBe(expected);
});

test.each([
  [true, false, 'DONE'],
  [true, true, 'FATAL'],
  [false, false, 'FATAL'],
])('admitted %s, undelivered %s: the rule that fired stays with %s', (admitted, undelivered, status) => {
  const facts = { rule: 'silence_timeout_seconds' };
  expect(lastStatus(ruled, admitted, undelivered)).toMatchObject({ status, facts });
});
