import { describe, expect, it } from 'vitest';
import { gather } from './gather.ts';

/** Ends when the requests of this turn of the event loop were taken. */
const turn = () => new Promise((done) => setImmediate(done));

interface Batch {
  items: readonly number[];
  end(answers?: (string | undefined)[]): void;
  fail(error: Error): void;
}

/** Batches of at most three that end when the test says so. */
function held() {
  const batches: Batch[] = [];
  const alone: number[] = [];
  const ask = gather<number, string>({
    together: (items) =>
      new Promise((resolve, reject) => {
        batches.push({ items, end: (answers) => resolve(answers ?? items.map(String)), fail: reject });
      }),
    alone: async (item) => {
      alone.push(item);
      if (item === 13) throw new Error('bad item');
      return `${item} alone`;
    },
    most: 3,
  });
  const begun = async (nth: number): Promise<Batch> => {
    await expect.poll(() => batches.length).toBeGreaterThanOrEqual(nth);
    return batches[nth - 1] as Batch;
  };
  return { ask, batches, begun, alone };
}

describe('gather', () => {
  it('serves the requests of one turn together, and then those that arrived meanwhile', async () => {
    const { ask, batches, begun } = held();
    const first = [1, 2].map(ask);
    expect((await begun(1)).items).toEqual([1, 2]);
    const others = [3, 4, 5, 6].map(ask);
    await turn();
    expect(batches).toHaveLength(1);
    batches[0]?.end();
    expect(await Promise.all(first)).toEqual(['1', '2']);
    const second = await begun(2);
    expect(second.items).toEqual([3, 4, 5]);
    second.end();
    expect(await Promise.all(others.slice(0, 3))).toEqual(['3', '4', '5']);
    (await begun(3)).end();
    expect(await others[3]).toBe('6');
  });

  it('serves alone what a batch leaves out, and the next batch does not wait for it', async () => {
    const { ask, begun, alone } = held();
    const first = ask(1);
    await begun(1);
    const [second, third] = [ask(2), ask(3)];
    (await begun(1)).end([undefined]);
    expect(await first).toBe('1 alone');
    (await begun(2)).end(['2', undefined]);
    expect(await Promise.all([second, third])).toEqual(['2', '3 alone']);
    expect(alone).toEqual([1, 3]);
  });

  it('does not let one bad item fail the others', async () => {
    const { ask, begun } = held();
    const asked = [ask(13), ask(14)];
    (await begun(1)).fail(new Error('one of them is bad'));
    await expect(asked[0]).rejects.toThrow('bad item');
    expect(await asked[1]).toBe('14 alone');
  });

  it('fails the whole batch when the database is away', async () => {
    const { ask, begun, alone } = held();
    const asked = [ask(1), ask(2)];
    (await begun(1)).fail(new Error('Connection terminated unexpectedly'));
    for (const unlucky of asked) await expect(unlucky).rejects.toThrow('terminated');
    expect(alone).toEqual([]);
    const next = ask(3);
    (await begun(2)).end();
    expect(await next).toBe('3');
  });

  it('serves no more than a few alone at the same time', async () => {
    let now = 0;
    let most = 0;
    const ask = gather<number, number>({
      together: async (items) => items.map(() => undefined),
      alone: async (item) => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((done) => setImmediate(done));
        now -= 1;
        return item;
      },
      most: 50,
    });
    const items = Array.from({ length: 40 }, (_, n) => n);
    expect(await Promise.all(items.map(ask))).toEqual(items);
    expect(most).toBe(3);
  });
});
