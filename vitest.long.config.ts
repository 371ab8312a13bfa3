// `npm run test:long`: what takes long. What judges recordings by the millisecond or loads the machine runs by itself,
// one file at a time. Before it goes what waits for a good part of its time: some of it three at a time, and two at a
// time what breaks servers.
import { defineConfig } from 'vitest/config';
import { LONG, SHARED } from './vitest.shared.ts';

const TOGETHER = ['infra/aws/*.long.test.ts', 'e2e/{edit,rush}.long.test.ts'];
const SHAKEN = [
  'lab/faults/{controls,outage}.long.test.ts',
  'e2e/{images,servers-away,start-again,start-ends}.long.test.ts',
  'deployer/platforms/coolify/faulty.long.test.ts',
];
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
          name: 'alone',
          include: [LONG],
          exclude: [...EXCLUDE, ...TOGETHER, ...SHAKEN],
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
