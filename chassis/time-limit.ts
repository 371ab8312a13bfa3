/** A call did not answer within its time limit. */
export class NoAnswerError extends Error {
  constructor(ms: number) {
    super(`no answer within ${Math.round(ms)} ms`);
    this.name = 'NoAnswerError';
  }
}

/**
 * Returns the result of `work`; throws its error, or a NoAnswerError when it takes longer than `ms`. The work
 * itself is not cancelled then.
 */
export async function withTimeLimit<T>(ms: number, work: () => Promise<T>): Promise<T> {
  if (ms === Number.POSITIVE_INFINITY) return work();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswerError(ms)), ms);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
