import { defineConfig } from 'vitest/config';

// One worker on a small machine: the end-to-end tests share two cores with
// Chromium, and a starved recorder is not what they want to judge.
export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '.meeboter/**'],
    globalSetup: ['e2e/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    pool: 'forks',
  },
});
