// One statement for many who ask at the same time. When a thousand bots knock in
// one second, round trips and row locks are what they wait for; together they
// need a few of each. Nobody waits for company but of the same turn of the event
// loop: who asks while nothing is under way is served at once.

import { isServerAway } from '@meeboter/domain/server-away.ts';
import pLimit from 'p-limit';

/** Served alone at the same time: they may all wait for the same lock, and others need connections too. */
const ALONE_AT_ONCE = 3;

export interface GatherOptions<Item, Answer> {
  /**
   * Serves many in one go. One answer for each, in their order; undefined for one that has to be served
   * alone, as one whose rows another transaction has locked: the others must not wait for it.
   */
  together(items: readonly Item[]): Promise<(Answer | undefined)[]>;
  /** Serves one, and waits as long as that takes. */
  alone(item: Item): Promise<Answer>;
  /** Most items of one go. */
  most: number;
  /** Goes under way at the same time. */
  atOnce: number;
}

interface Asker<Item, Answer> {
  item: Item;
  resolve(answer: Answer | Promise<Answer>): void;
  reject(error: unknown): void;
}

/**
 * A function that serves one item, together with whoever else asks while earlier ones are served. An
 * error of a go is not shared: each of it is then served alone, so that one bad item harms none of the
 * others; only when the database is away all hear that at once.
 */
export function gather<Item, Answer>(options: GatherOptions<Item, Answer>): (item: Item) => Promise<Answer> {
  const waiting: Asker<Item, Answer>[] = [];
  let underWay = 0;
  const oneOfFew = pLimit(ALONE_AT_ONCE);

  const serve = async (askers: Asker<Item, Answer>[]) => {
    let answers: (Answer | undefined)[] = [];
    try {
      answers = await options.together(askers.map(({ item }) => item));
    } catch (error) {
      if (isServerAway(error)) {
        for (const asker of askers) asker.reject(error);
        return;
      }
    }
    askers.forEach((asker, index) => {
      const answer = answers[index];
      asker.resolve(answer === undefined ? oneOfFew(options.alone, asker.item) : answer);
    });
  };
  let isDue = false;
  const next = () => {
    isDue = false;
    while (underWay < options.atOnce && waiting.length > 0) {
      underWay += 1;
      void serve(waiting.splice(0, options.most)).finally(() => {
        underWay -= 1;
        next();
      });
    }
  };
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (isDue) return;
      isDue = true;
      setImmediate(next);
    });
}
