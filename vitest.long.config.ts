// `npm run test:long`: what takes long. What judges recordings by the millisecond or loads the machine runs by itself,
// one file at a time. The rest waits for a good part of its time: three at a time, before.
import { defineConfig } from 'vitest/config';
import { LONG, SHARED } from './vitest.shared.ts';

const TOGETHER = ['infra/aws/*.long.test.ts', 'e2e/{edit,rush}.long.test.ts'];
const EXCLUDE = ['**/node_modules/**', '.meeboter/**'];

export default defineConfig({
  test: {
    ...SHARED,
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: TOGETHER,
          exclude: EXCLUDE,
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: [LONG],
          exclude: [...EXCLUDE, ...TOGETHER],
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
