import { expect, it } from 'vitest';
import { createLimiter } from './limiter.ts';
import { jumpingClock } from './testing/clock.ts';

const { signal } = new AbortController();

it('never sends more than its number in any minute, and loses none', async () => {
  const clock = jumpingClock();
  const limiter = createLimiter(10, clock);
  const sent: number[] = [];
  await Promise.all(
    Array.from({ length: 35 }, async () => {
      await limiter.acquire(signal);
      sent.push(clock.nowMs());
    }),
  );
  expect(sent).toHaveLength(35);
  for (const at of sent) {
    expect(sent.filter((other) => other > at - 60_000 && other <= at).length).toBeLessThanOrEqual(10);
  }
  expect(clock.nowMs()).toBe(180_000);
});

it('pauses for as long as it is told, and says what is left', async () => {
  const clock = jumpingClock();
  const limiter = createLimiter(10, clock);
  await limiter.acquire(signal);
  expect(limiter.spare()).toBe(9);
  limiter.pause(7_000);
  expect(limiter.spare()).toBe(0);
  await limiter.acquire(signal);
  expect(clock.nowMs()).toBe(7_000);
});

it('a caller that has given up neither counts nor holds the others up', async () => {
  const limiter = createLimiter(1, jumpingClock());
  await expect(limiter.acquire(AbortSignal.abort())).rejects.toThrow();
  await limiter.acquire(signal);
  expect(limiter.spare()).toBe(0);
});
