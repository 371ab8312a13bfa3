import type { PagePort } from '../browser/page-port.ts';

const lastTurns = new WeakMap<PagePort, Promise<unknown>>();

/**
 * Runs work that uses the page's mouse, after the work that was given before. A page has one mouse. If two
 * callers pressed at once, one would move it before the other's press, which would then hit another place
 * and still be reported as done. `work` must end in bounded time. Settles as `work` does.
 */
export function withMouse<T>(page: PagePort, work: () => Promise<T>): Promise<T> {
  const turn = (lastTurns.get(page) ?? Promise.resolve()).then(work, work);
  lastTurns.set(page, turn);
  return turn;
}
