import type { ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import { expect, test } from 'vitest';
import { Outbox } from './outbox.ts';

const at = '2026-01-01T00:00:00.000Z';
const log = (message: string): ReportEntry => ({ kind: 'log', at, level: 'warn', message });
const phase: ReportEntry = { kind: 'phase', at, phase: 'knocked' };
const turn: ReportEntry = { kind: 'speaker_turn', external_id: 'a', started_at: at, ended_at: at };
const part = (part_number: number, bytes: number): ReportEntry => ({
  kind: 'part_uploaded',
  at,
  recording_id: 'rec_1',
  part_number,
  etag: 'e',
  bytes,
  media_ms: 0,
});
const outbox = (limits?: { entries: number; logs: number }) => new Outbox(() => new Date(at), limits);

test('hands out entries in order, at most 200 at a time', () => {
  const box = outbox();
  for (let n = 0; n < 450; n += 1) box.add(log(`${n}`));
  const sizes = [box.take().length, box.take().length, box.take().length];
  expect(sizes).toEqual([200, 200, 50]);
});

test('drops logs first, then speaker turns, never the rest, and says so', () => {
  const box = outbox({ entries: 4, logs: 4 });
  for (const entry of [log('1'), turn, phase, phase, phase, phase, phase]) box.add(entry);
  const [apology, ...rest] = box.take();
  expect(apology).toMatchObject({ kind: 'log', message: expect.stringContaining('1 log, 1 speaker_turn') });
  expect(rest).toEqual([phase, phase, phase, phase, phase]);
});

test('a part uploaded again replaces the earlier news of it', () => {
  const box = outbox();
  for (const entry of [part(1, 10), part(2, 10), part(1, 20)]) box.add(entry);
  expect(box.take()).toEqual([part(2, 10), part(1, 20)]);
});

test('holds ten minutes of a lively meeting', () => {
  const box = outbox();
  for (let n = 0; n < 10 * 60; n += 1) box.add(turn);
  for (let n = 0; n < 150; n += 1) box.add(part(Math.floor(n / 15) + 1, n));
  expect(box.size).toBe(610);
});
