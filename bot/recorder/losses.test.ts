import { MAX_GAPS, type ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import { expect, test } from 'vitest';
import { testClock, testLog } from '../testing/doubles.ts';
import { Losses } from './losses.ts';

function telling(recordingId: string | null) {
  const state = { recordingId };
  const entries: ReportEntry[] = [];
  const losses = new Losses({
    recordingId: () => state.recordingId,
    report: (entry) => entries.push(entry),
    clock: testClock(),
    log: testLog(),
  });
  return { losses, entries, state };
}
const gap = (at_ms: number) => ({ at_ms, missing_ms: 3_000, reason: 'recorder_stalled' as const });

test('what is lost before the API has given the recording an id is told once it has', () => {
  const { losses, entries, state } = telling(null);
  losses.addGap(gap(0));
  losses.setDroppedFrames(7);
  losses.tell();
  expect(entries).toEqual([]);
  state.recordingId = 'rec_1';
  losses.tell();
  losses.tell();
  expect(entries).toMatchObject([
    { kind: 'recording_gap', recording_id: 'rec_1', at_ms: 0 },
    { kind: 'recording_frames', recording_id: 'rec_1', dropped: 7 },
  ]);
});

test('a gap is told at once; a list that is full ends with one gap for all later ones', () => {
  const { losses, entries } = telling('rec_1');
  for (let index = 0; index < MAX_GAPS + 2; index += 1) losses.addGap(gap(index * 10_000));
  expect(entries).toHaveLength(MAX_GAPS + 2);
  const lastAt = (MAX_GAPS - 1) * 10_000;
  expect(entries.slice(-3)).toMatchObject([
    { at_ms: lastAt, missing_ms: 3_000 },
    { at_ms: lastAt, missing_ms: 6_000 },
    { at_ms: lastAt, missing_ms: 9_000 },
  ]);
});
