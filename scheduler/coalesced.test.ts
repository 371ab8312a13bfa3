import { expect, it } from 'vitest';
import { coalesced } from './coalesced.ts';

function controlled() {
  const runs: { end: (value: number) => void; fail: (error: Error) => void }[] = [];
  const ask = coalesced(
    () =>
      new Promise<number>((end, fail) => {
        runs.push({ end, fail });
      }),
  );
  return { runs, ask };
}
const settled = () => new Promise((done) => setImmediate(done));

it('runs once for all who ask while it runs, and again for them', async () => {
  const { runs, ask } = controlled();
  const first = ask();
  const later = [ask(), ask(), ask()];
  expect(runs).toHaveLength(1);
  runs[0]?.end(1);
  expect(await first).toBe(1);
  await settled();
  expect(runs).toHaveLength(2);
  runs[1]?.end(2);
  expect(await Promise.all(later)).toEqual([2, 2, 2]);
  const afterwards = ask();
  expect(runs).toHaveLength(3);
  runs[2]?.end(3);
  expect(await afterwards).toBe(3);
});

it('fails those who asked for the run that failed, and nobody else', async () => {
  const { runs, ask } = controlled();
  const first = ask();
  const later = ask();
  runs[0]?.fail(new Error('lost'));
  await expect(first).rejects.toThrow('lost');
  await settled();
  runs[1]?.end(2);
  expect(await later).toBe(2);
});
