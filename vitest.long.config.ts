// `npm run test:long`: one file at a time, since most of them judge recordings or load the machine.
import { defineConfig } from 'vitest/config';
import { LONG, SHARED } from './vitest.shared.ts';

export default defineConfig({
  test: {
    ...SHARED,
    include: [LONG],
    exclude: ['**/node_modules/**', '.meeboter/**'],
    fileParallelism: false,
  },
});
