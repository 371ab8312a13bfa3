import { afterEach, expect, it, vi } from 'vitest';
import { eventually } from '../e2e/support/eventually.ts';
import { provideBucket } from './bucket.ts';
import { createLog } from './log.ts';

const log = createLog({ level: 'silent' });
let end: (() => void) | undefined;
afterEach(() => end?.());

it('is made at once where the store is there', async () => {
  const ensureBucket = vi.fn(async () => undefined);
  end = await provideBucket({ ensureBucket }, log);
  expect(ensureBucket).toHaveBeenCalledTimes(1);
});

it('does not keep a start from going on, and is made when the store is back', async () => {
  let tries = 0;
  const ensureBucket = async () => {
    tries += 1;
    if (tries < 2) throw new Error('the store is away');
  };
  end = await provideBucket({ ensureBucket }, log, { firstPauseMs: 10 });
  expect(tries).toBe(1);
  await eventually('it is tried again', () => tries === 2);
});

it('does not wait for a store that takes requests and does not answer', async () => {
  const ensureBucket = vi.fn(() => new Promise<void>(() => undefined));
  end = await provideBucket({ ensureBucket }, log, { firstTryMs: 20 });
  expect(ensureBucket).toHaveBeenCalledTimes(1);
});
