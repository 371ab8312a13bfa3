import { fileURLToPath } from 'node:url';
import type { ViteUserConfig } from 'vitest/config';

// Workers, and the programs that tests start, spend half of their start-up on compiling. As in `npm start`.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('.meeboter/compile-cache', import.meta.url));

// What the bot does on meeting pages, and the lab's own pages, in real browsers: `npm run test:pages` runs it.
export const PAGES = [
  'lab/{meet,microsoft-teams,zoom}/**/*.test.ts',
  'lab/meetings/presence.test.ts',
  'bot/{page,browser,google-meet,microsoft-teams,zoom}/*.test.ts',
];

// What all parts of the suite share.
export const LONG = '**/*.long.test.ts';

export const SHARED: NonNullable<ViteUserConfig['test']> = {
  globalSetup: ['e2e/support/global-setup.ts'],
  testTimeout: 30_000,
  hookTimeout: 60_000,
  pool: 'forks',
};
