import { describe, expect, it } from 'vitest';
import { heldMedia } from './missing-media.ts';

/** Parts of a minute and 100 bytes each. */
const parts = (...numbers: number[]) =>
  numbers.map((partNumber) => ({ partNumber, bytes: 100, mediaMs: partNumber * 60_000 }));
const minutes = (held: ReturnType<typeof heldMedia>) => ({
  duration: held.durationMs / 60_000,
  gaps: held.gaps.map(({ fromMs, toMs }) => [fromMs / 60_000, toMs / 60_000]),
});

describe('what a recording holds', () => {
  it.each([
    ['everything', parts(1, 2, 3), parts(1, 2, 3), { duration: 3, gaps: [] }],
    ['nothing', parts(1, 2), [], { duration: 0, gaps: [[0, 2]] }],
    ['a part more than was reported', parts(1, 2), parts(1, 2, 3), { duration: 2, gaps: [] }],
    ['less at the end', parts(1, 2, 3), parts(1, 2), { duration: 2, gaps: [[2, 3]] }],
    ['not the first part', parts(1, 2, 3), parts(2, 3), { duration: 3, gaps: [[0, 1]] }],
    ['not two in the middle', parts(1, 2, 3, 4), parts(1, 4), { duration: 4, gaps: [[1, 3]] }],
    [
      'two gaps',
      parts(1, 2, 3, 4, 5),
      parts(1, 3, 5),
      {
        duration: 5,
        gaps: [
          [1, 2],
          [3, 4],
        ],
      },
    ],
    ['not one that nobody reported', parts(1, 3), parts(1, 3), { duration: 3, gaps: [[1, 3]] }],
    [
      'one that is shorter than it was reported',
      parts(1, 2, 3),
      [...parts(1), { partNumber: 2, bytes: 99 }, ...parts(3)],
      { duration: 3, gaps: [[1, 2]] },
    ],
    [
      'a last one that is shorter',
      parts(1, 2),
      [...parts(1), { partNumber: 2, bytes: 9 }],
      { duration: 1, gaps: [[1, 2]] },
    ],
  ])('%s', (_what, reported, used, expected) => {
    expect(minutes(heldMedia(reported, used))).toEqual(expected);
  });
});
