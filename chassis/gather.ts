// Serves requests that arrive at the same time with one statement: when a thousand bots claim within a second, one
// statement for fifty claims costs a tenth of fifty statements (docs/benchmarks.md). A request that arrives while
// nothing is running is served at once.
import { isServerAway } from '@meeboter/domain/server-away.ts';
import pLimit from 'p-limit';

/** Requests served alone may all wait for one lock, and other work needs database connections too. */
const ALONE_AT_ONCE = 3;

export interface GatherOptions<Item, Answer> {
  /**
   * Serves a batch. Returns one answer for each item, in the order of the items; undefined for an item that has to be
   * served alone, such as one whose rows another transaction has locked, because the others must not wait for it.
   */
  together(items: readonly Item[]): Promise<(Answer | undefined)[]>;
  /** Serves one item, however long that takes. */
  alone(item: Item): Promise<Answer>;
  /** The largest batch. */
  most: number;
}

interface Request<Item, Answer> {
  item: Item;
  resolve(answer: Answer | Promise<Answer>): void;
  reject(error: unknown): void;
}

/**
 * Returns a function that serves one item, in a batch with those that arrived while the batch before was running.
 * When a batch fails, each of its items is served alone, so that one bad item does not fail the others; when it fails
 * because the database is away, they all fail.
 */
export function gather<Item, Answer>(options: GatherOptions<Item, Answer>): (item: Item) => Promise<Answer> {
  const waiting: Request<Item, Answer>[] = [];
  const limitAlone = pLimit(ALONE_AT_ONCE);
  let isRunning = false;

  const serve = async (requests: Request<Item, Answer>[]) => {
    let answers: (Answer | undefined)[] = [];
    try {
      answers = await options.together(requests.map(({ item }) => item));
    } catch (error) {
      if (isServerAway(error)) {
        for (const { reject } of requests) reject(error);
        return;
      }
    }
    requests.forEach(({ item, resolve }, index) => {
      const answer = answers[index];
      resolve(answer === undefined ? limitAlone(options.alone, item) : answer);
    });
  };
  const run = async () => {
    while (waiting.length > 0) await serve(waiting.splice(0, options.most));
    isRunning = false;
  };
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (isRunning) return;
      isRunning = true;
      // The requests that have arrived in the same turn of the event loop share the first batch.
      setImmediate(() => void run());
    });
}
