import type { ViteUserConfig } from 'vitest/config';

// What both parts of the suite share.
export const LONG = '**/*.long.test.ts';

export const SHARED: NonNullable<ViteUserConfig['test']> = {
  globalSetup: ['e2e/support/global-setup.ts'],
  testTimeout: 30_000,
  hookTimeout: 60_000,
  pool: 'forks',
};
