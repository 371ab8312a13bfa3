/**
 * Wraps `work` so that concurrent calls share runs. A call while nothing runs starts a run at once. All calls
 * that arrive during a run share the one that follows it, because the current one may have started too early to
 * see what they were called for. An error of a run rejects the calls that share it, and no others.
 */
export function coalesced<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  let next: Promise<T> | null = null;
  const run = (): Promise<T> => {
    if (!running) {
      running = work().finally(() => {
        running = null;
      });
      return running;
    }
    next ??= running
      .then(
        () => undefined,
        () => undefined,
      )
      .then(() => {
        next = null;
        return run();
      });
    return next;
  };
  return run;
}
