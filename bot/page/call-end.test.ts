import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallEnd } from '../meeting.ts';
import { CallEndDetector, type Sighting, sightingOf } from './call-end.ts';
import type { PageState } from './state.ts';
import { TIMING } from './timing.ts';

const alive: Sighting = { kind: 'alive' };
const blank: Sighting = { kind: 'blank' };
const mute: Sighting = { kind: 'mute' };
const away: Sighting = { kind: 'away' };
const reconnecting: Sighting = { kind: 'reconnecting' };
const removed: Sighting = { kind: 'over', reason: 'removed', matched: 'x', contradicted: false };
const doubtful: Sighting = { ...removed, contradicted: true };

/** Gives the sightings to a detector, one every `everyMs`, beginning at 0. */
function show(looks: Sighting[], everyMs: number): { ending: CallEnd; atMs: number } | null {
  const detector = new CallEndDetector(TIMING, (text) => text);
  for (const [index, look] of looks.entries()) {
    const ending = detector.observe(look, index * everyMs);
    if (ending) return { ending, atMs: index * everyMs };
  }
  return null;
}
const times = (count: number, look: Sighting): Sighting[] => Array.from({ length: count }, () => look);

describe('CallEndDetector', () => {
  it('believes the page when it says twice that the call is over', () => {
    expect(show([removed, removed], 700)).toMatchObject({ ending: { reason: 'removed' }, atMs: 700 });
    expect(show([removed, alive, removed, alive], 700)).toBeNull();
  });

  it('believes it later beside a call that looks alive, and not for a moment', () => {
    expect(show(times(20, doubtful), 500)?.atMs).toBe(5_000);
    expect(show([...times(9, doubtful), alive, ...times(9, doubtful)], 500)).toBeNull();
  });

  it('waits 30 s when every sign is gone', () => {
    expect(show(times(200, blank), 500)).toMatchObject({ ending: { reason: 'page_lost' }, atMs: 30_000 });
    expect(show([...times(59, blank), alive, ...times(59, blank)], 500)).toBeNull();
  });

  it('needs three looks even when each takes most of a minute', () => {
    expect(show([blank, blank], 55_000)).toBeNull();
    expect(show([blank, blank, blank], 55_000)?.atMs).toBe(110_000);
  });

  it('gives a page that reconnects, or does not answer, five minutes', () => {
    expect(show([...times(2, blank), reconnecting, ...times(2_000, blank)], 500)?.atMs).toBe(300_000);
    expect(show(times(2_000, mute), 500)?.atMs).toBe(300_000);
    expect(show([...times(590, reconnecting), alive, ...times(590, reconnecting)], 500)).toBeNull();
  });

  it('does not wait for a page that is back at its door, or shows something else, also when it is silent in between', () => {
    const door: Sighting = { kind: 'door' };
    const strange: Sighting = { kind: 'strange' };
    expect(show([mute, door, mute, ...times(100, door)], 500)?.atMs).toBe(10_500);
    expect(show([strange, mute, ...times(100, strange)], 500)?.atMs).toBe(10_000);
    expect(show([...times(19, strange), alive, ...times(19, door)], 500)).toBeNull();
  });

  it('believes an end that is told while the page reconnects', () => {
    expect(show([reconnecting, reconnecting, removed, removed], 1_000)?.ending.reason).toBe('removed');
  });

  it('keeps to a removal when the page shows less afterwards', () => {
    const ended: Sighting = { ...removed, reason: 'meeting_ended' };
    expect(show([removed, ended, ended], 700)).toMatchObject({ ending: { reason: 'removed' }, atMs: 700 });
    expect(show([ended, ended], 700)?.ending.reason).toBe('meeting_ended');
  });

  it('does not take a silent page for a contradiction', () => {
    expect(show([removed, mute, removed], 1_000)?.ending.reason).toBe('removed');
  });

  it('tells a lost page after 5 s at another address, and at once when it is closed', () => {
    expect(show(times(20, away), 500)).toMatchObject({ ending: { reason: 'page_lost' }, atMs: 5_000 });
    expect(show([{ kind: 'gone' }], 500)?.ending.reason).toBe('page_lost');
  });

  it('never ends a call that is seen alive at least every 4 s, but for two clear words in a row', () => {
    const bad = fc.constantFrom(blank, mute, away, reconnecting, doubtful);
    const stretch = fc.array(bad, { maxLength: 7 });
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 30 }), (stretches) => {
        expect(
          show(
            stretches.flatMap((looks) => [alive, ...looks]),
            500,
          ),
        ).toBeNull();
      }),
    );
  });
});

describe('sightingOf', () => {
  const at = (state: PageState, isAway = false, markers = 0) => sightingOf(state, { isAway, markers }).kind;
  const call: PageState = { kind: 'in_call', alone: false, markers: ['tile'], doubt: null };

  it('takes another address for no call, but what the page says for what it says', () => {
    expect(at(call)).toBe('alive');
    expect(at({ kind: 'unknown' }, true)).toBe('away');
    expect(at({ kind: 'removed', matched: 'x' }, true)).toBe('over');
  });

  it('takes a text of the lobby in a visible call for one about somebody else', () => {
    const lobby: PageState = { kind: 'lobby', matched: 'Asking to join', notStarted: false };
    expect(at(lobby, false, 2)).toBe('alive');
    expect(at(lobby)).toBe('door');
  });

  it('tells a page that shows nothing from one that shows something else', () => {
    expect(at({ kind: 'splash' })).toBe('blank');
    expect(at({ kind: 'unknown' })).toBe('strange');
    expect(at({ kind: 'prejoin' })).toBe('door');
  });

  it('knows that a meeting that was joined has ended', () => {
    expect(sightingOf({ kind: 'meeting_over', matched: 'x' }, { isAway: false, markers: 0 })).toMatchObject({
      kind: 'over',
      reason: 'meeting_ended',
    });
  });
});
