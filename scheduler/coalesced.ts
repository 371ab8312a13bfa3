/**
 * Makes work that many ask for at once one piece of work: whoever asks while it runs gets the next
 * run, which all of them share. Nobody gets a run that had begun before they asked.
 */
export function coalesced<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  let next: Promise<T> | null = null;
  const ask = (): Promise<T> => {
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
        return ask();
      });
    return next;
  };
  return ask;
}
