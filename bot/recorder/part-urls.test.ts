import { expect, test } from 'vitest';
import { testClock, testLog } from '../testing/doubles.ts';
import { PartUrls } from './part-urls.ts';

const HOUR_MS = 60 * 60_000;

/** URLs of an API that counts its answers in them, or fails. */
function urlsOf(api: { up: boolean }) {
  const clock = testClock();
  let asked = 0;
  const urls = new PartUrls({
    async ask({ from_part, count }) {
      asked += 1;
      if (!api.up) throw new Error('away');
      const part = (_: unknown, index: number) => ({
        part_number: from_part + index,
        url: `answer ${asked}`,
      });
      return {
        kind: 'recording_parts',
        recording_id: 'rec_1',
        expires_at: new Date(clock.now().getTime() + HOUR_MS).toISOString(),
        parts: Array.from({ length: count }, part),
      };
    },
    startedAt: clock.now(),
    clock,
    log: testLog(),
  });
  return { urls, clock, asked: () => asked };
}

test('a refused URL is replaced at once, one without an answer only when that goes on', async () => {
  const { urls, clock } = urlsOf({ up: true });
  expect(await urls.of(1)).toBe('answer 1');
  urls.failed(true);
  expect(await urls.of(1)).toBe('answer 2');
  urls.arrived();
  urls.failed(false);
  expect(await urls.of(1)).toBe('answer 2');
  clock.advance(2_000);
  urls.failed(false);
  expect(await urls.of(1)).toBe('answer 3');
  expect(await urls.of(2)).toBe('answer 3');
});

test('while nobody answers, the URLs in hand are used, and the API is asked ever more rarely', async () => {
  const api = { up: true };
  const { urls, clock, asked } = urlsOf(api);
  await urls.of(1);
  api.up = false;
  for (let seconds = 0; seconds < 1_200; seconds += 5) {
    urls.failed(seconds % 2 === 0);
    expect(await urls.of(1)).toBe('answer 1');
    clock.advance(5_000);
  }
  expect(asked()).toBeGreaterThan(20);
  expect(asked()).toBeLessThan(40);
  api.up = true;
  clock.advance(60_000);
  expect(await urls.of(1)).toBe(`answer ${asked()}`);
});
