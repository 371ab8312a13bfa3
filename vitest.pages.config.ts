// `npm run test:pages`: bots in the lab's meetings of each platform, and the lab's own pages, in real browsers. Three at a
// time: a page waits for a good part of its time.
import { defineConfig } from 'vitest/config';
import { PAGES, SHARED } from './vitest.shared.ts';

export default defineConfig({
  test: {
    ...SHARED,
    include: PAGES,
    exclude: ['**/node_modules/**', '.meeboter/**'],
    maxWorkers: 3,
  },
});
