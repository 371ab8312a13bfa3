/** Something was given its time and has not answered. */
export class NoAnswerError extends Error {
  constructor(ms: number) {
    super(`no answer within ${Math.round(ms)} ms`);
    this.name = 'NoAnswerError';
  }
}

/** The work's outcome, or a NoAnswerError when it takes longer. The work itself is not ended by that. */
export async function within<T>(ms: number, work: () => Promise<T>): Promise<T> {
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
