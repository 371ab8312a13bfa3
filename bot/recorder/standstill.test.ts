import { expect, test } from 'vitest';
import { Standstills } from './standstill.ts';

function looking() {
  let nowMs = 0;
  const standstills = new Standstills(() => nowMs, 1_000);
  return {
    standstills,
    lookAfter(ms: number) {
      nowMs += ms;
      standstills.look();
    },
  };
}

test('a look that is much too late means that the process stood still', () => {
  const { standstills, lookAfter } = looking();
  for (const ms of [1_000, 1_300, 9_000, 1_000, 900]) lookAfter(ms);
  // It stood still from 2.3 s to 11.3 s.
  expect(standstills.covers({ fromMs: 2_500, toMs: 11_000 })).toBe(true);
  expect(standstills.covers({ fromMs: 500, toMs: 12_500 })).toBe(true);
  expect(standstills.covers({ fromMs: 0, toMs: 3_000 })).toBe(false);
  expect(standstills.covers({ fromMs: 11_400, toMs: 13_000 })).toBe(false);
});

test('several standstills add up; looks that are a little late are none', () => {
  const { standstills, lookAfter } = looking();
  for (const ms of [4_000, 1_000, 4_000]) lookAfter(ms);
  expect(standstills.covers({ fromMs: 0, toMs: 9_000 })).toBe(true);
  const busy = looking();
  for (let look = 0; look < 20; look += 1) busy.lookAfter(1_900);
  expect(busy.standstills.covers({ fromMs: 5_000, toMs: 9_000 })).toBe(false);
});
