import type { Page } from 'playwright';

const lastTurns = new WeakMap<Page, Promise<unknown>>();

/**
 * Does something with the page's mouse, after all who asked before. A page has one mouse: of two who press at
 * once one moves it from under the other, whose press lands elsewhere and yet counts as done.
 * What `work` does must end in bounded time; its outcome is passed on.
 */
export function withMouse<T>(page: Page, work: () => Promise<T>): Promise<T> {
  const turn = (lastTurns.get(page) ?? Promise.resolve()).then(work, work);
  lastTurns.set(page, turn);
  return turn;
}
