// Properties on a real database: as many runs as there is time for.
import fc from 'fast-check';

/**
 * Checks a property, up to `numRuns` times within `budgetMs`. Throws with the seed and the smallest
 * case found. fast-check's own time limit would leave the last run going while the next test begins;
 * here a run that has begun is waited for, and those after it pass without a look.
 */
export async function holds<T>(
  arbitrary: fc.Arbitrary<T>,
  predicate: (value: T) => Promise<void>,
  options: { numRuns: number; budgetMs: number; seed?: number; path?: string },
): Promise<void> {
  const { budgetMs, ...parameters } = options;
  const end = performance.now() + budgetMs;
  const property = fc.asyncProperty(arbitrary, async (value) => {
    if (performance.now() < end) await predicate(value);
  });
  await fc.assert(property, parameters);
}
