// `npm run rehearse:images`: runs the files of the images on machines made for them. Not in CI: it needs root.
import { defineConfig } from 'vitest/config';
import { SHARED } from './vitest.shared.ts';

export default defineConfig({
  test: { ...SHARED, include: ['e2e/rehearsal/*.rehearsal.test.ts'], fileParallelism: false },
});
