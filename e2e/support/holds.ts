// Property tests on a real database, with a time budget.
import fc from 'fast-check';

/**
 * Checks that a property holds, up to `numRuns` times within `budgetMs`. Throws with the seed and the smallest
 * counterexample. fast-check's own time limit would let the last run go on while the next test begins; here a
 * run that has begun is awaited, and the runs after the budget pass unchecked.
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
