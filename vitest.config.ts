// `npm test`. What takes long (fault runs, judgements of recordings, rehearsals) is in files named
// *.long.test.ts, which `npm run test:long` runs: vitest.long.config.ts. What the bot does on meeting pages is run by
// `npm run test:pages`: vitest.pages.config.ts.
import { defineConfig } from 'vitest/config';
import { SlowFirst } from './vitest.sequencer.ts';
import { LONG, PAGES, SHARED } from './vitest.shared.ts';

// What breaks whole servers waits for them most of the time: two at a time, but not
// beside the others, whose own waiting it would stretch.
const SHAKEN = ['lab/faults/*.test.ts', 'e2e/servers-away.test.ts'];
// What runs a whole bot with its browser: two at a time, which is what two cores are said to be good for.
const BOTS = ['e2e/meeting.test.ts', 'e2e/start.test.ts', 'bot/program.test.ts', 'bot/hostile-page.test.ts'];
// What measures a recording by the millisecond has the machine to itself. Everything else waits for a good part of its
// time: three at a time, before.
const ALONE = ['bot/recorder/recorder.test.ts', 'lab/far-end/far-end.test.ts'];
const EXCLUDE = ['**/node_modules/**', '.meeboter/**', '**/*.rehearsal.test.ts', LONG, ...PAGES];

export default defineConfig({
  test: {
    ...SHARED,
    sequence: { sequencer: SlowFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['**/*.test.ts'],
          exclude: [...EXCLUDE, ...SHAKEN, ...BOTS, ...ALONE],
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'shaken',
          include: SHAKEN,
          exclude: EXCLUDE,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'bots',
          include: BOTS,
          exclude: EXCLUDE,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ALONE,
          exclude: EXCLUDE,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
