import { expect, it } from 'vitest';
import { coalesced } from './coalesced.ts';

/** A coalesced function whose runs end when the test says so. */
function controlled() {
  const runs: { end: (value: number) => void; fail: (error: Error) => void }[] = [];
  const call = coalesced(
    () =>
      new Promise<number>((end, fail) => {
        runs.push({ end, fail });
      }),
  );
  return { runs, call };
}
const settled = () => new Promise((done) => setImmediate(done));

it('calls that arrive during a run share the next one', async () => {
  const { runs, call } = controlled();
  const first = call();
  const later = [call(), call(), call()];
  expect(runs).toHaveLength(1);
  runs[0]?.end(1);
  expect(await first).toBe(1);
  await settled();
  expect(runs).toHaveLength(2);
  runs[1]?.end(2);
  expect(await Promise.all(later)).toEqual([2, 2, 2]);
  const afterwards = call();
  expect(runs).toHaveLength(3);
  runs[2]?.end(3);
  expect(await afterwards).toBe(3);
});

it('an error rejects the calls of its run, and no others', async () => {
  const { runs, call } = controlled();
  const first = call();
  const later = call();
  runs[0]?.fail(new Error('lost'));
  await expect(first).rejects.toThrow('lost');
  await settled();
  runs[1]?.end(2);
  expect(await later).toBe(2);
});
