// `npm run test:pages`: what the bot does on meeting pages, and the lab's own pages, in real browsers. Three at a time: a
// page waits for a good part of its time.
import { defineConfig } from 'vitest/config';
import { SlowFirst } from './vitest.sequencer.ts';
import { LONG, PAGES, SHARED } from './vitest.shared.ts';

export default defineConfig({
  test: {
    ...SHARED,
    include: PAGES,
    exclude: ['**/node_modules/**', '.meeboter/**', LONG],
    sequence: { sequencer: SlowFirst },
    maxWorkers: 3,
  },
});
