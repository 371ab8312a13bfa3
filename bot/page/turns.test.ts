import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Sound, SpeakerTurns } from './turns.ts';

const LIMITS = { silenceMs: 800, minTurnMs: 200 };
const sound = (id: string, fromMs: number, toMs: number): Sound => ({ id, fromMs, toMs });
const plain = (turns: { externalId: string; startedAt: Date; endedAt: Date }[]) =>
  turns.map(({ externalId, startedAt, endedAt }) => [externalId, startedAt.getTime(), endedAt.getTime()]);

describe('SpeakerTurns', () => {
  it('tells a turn once it is over, not before', () => {
    const turns = new SpeakerTurns(LIMITS);
    expect(turns.add([sound('a', 0, 1_000)], 1_000)).toEqual([]);
    expect(turns.add([sound('a', 0, 1_500)], 1_500)).toEqual([]);
    expect(plain(turns.add([], 2_400))).toEqual([['a', 0, 1_500]]);
    expect(turns.flush()).toEqual([]);
  });

  it('joins what a breath separates, and leaves out a cough', () => {
    const turns = new SpeakerTurns(LIMITS);
    const sounds = [sound('a', 0, 500), sound('a', 1_100, 2_000), sound('b', 300, 400)];
    expect(plain(turns.add(sounds, 5_000))).toEqual([['a', 0, 2_000]]);
  });

  it('lets people speak at the same time', () => {
    const turns = new SpeakerTurns(LIMITS);
    turns.add([sound('a', 0, 3_000), sound('b', 1_000, 2_900)], 3_000);
    expect(plain(turns.flush())).toEqual([
      ['a', 0, 3_000],
      ['b', 1_000, 2_900],
    ]);
  });

  it('loses no second of speech, however the sounds are handed over', () => {
    const lengths = fc.array(
      fc.tuple(fc.integer({ min: 200, max: 5_000 }), fc.integer({ min: 801, max: 5_000 })),
      {
        minLength: 1,
        maxLength: 20,
      },
    );
    fc.assert(
      fc.property(lengths, fc.infiniteStream(fc.boolean()), (pairs, batches) => {
        const turns = new SpeakerTurns(LIMITS);
        const told = [];
        const spoken: [string, number, number][] = [];
        let now = 0;
        let batch: Sound[] = [];
        for (const [length, gap] of pairs) {
          spoken.push(['a', now, now + length]);
          batch.push(sound('a', now, now + length));
          now += length + gap;
          if (batches.next().value) {
            told.push(...turns.add(batch, now));
            batch = [];
          }
        }
        told.push(...turns.add(batch, now), ...turns.flush());
        expect(plain(told)).toEqual(spoken);
      }),
    );
  });
});
