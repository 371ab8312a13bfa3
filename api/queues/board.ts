// Bull Board over all queues of Meeboter, read-only: jobs are hints, and the database
// says what has to happen.
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { HonoAdapter } from '@bull-board/hono';
import { serveStatic } from '@hono/node-server/serve-static';
import { type JobBackend, PARKED_QUEUE } from '@meeboter/chassis/jobs.ts';
import { deployerQueues } from '@meeboter/deployer/inbox.ts';
import { SCHEDULER_QUEUES } from '@meeboter/scheduler/inbox.ts';
import { Hono } from 'hono';

const ABOUT_PARKED = 'Jobs whose payload no longer parses. They are not processed.';

/** The board as a separate app below `basePath`, with the queues of these deployment platforms. Build it once, at the first request. */
export function createBoard(
  jobs: Pick<JobBackend, 'board'>,
  platforms: readonly string[],
  basePath: string,
): Hono {
  const serverAdapter = new HonoAdapter(serveStatic).setBasePath(basePath);
  createBullBoard({
    queues: jobs.board([...SCHEDULER_QUEUES, ...deployerQueues(platforms), PARKED_QUEUE]).map(
      (queue) =>
        new BullMQAdapter(queue, {
          readOnlyMode: true,
          ...(queue.name === PARKED_QUEUE ? { description: ABOUT_PARKED } : {}),
        }),
    ),
    serverAdapter,
    options: {
      uiConfig: {
        boardTitle: 'Meeboter queues',
        hideDocsLink: true,
        miscLinks: [{ text: 'API documentation', url: '/docs' }],
        sortQueues: true,
      },
    },
  });
  return new Hono().route(basePath, serverAdapter.registerPlugin());
}
