// A queue that takes what it is told and never answers keeps nobody waiting.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { type Breakable, breakablePostgres, breakableRedis } from '../../e2e/support/breakable.ts';
import { defineJob } from '../jobs.ts';
import { createLog } from '../log.ts';
import { openQueue } from '../queue.ts';

const job = defineJob({
  queue: 'frozen-queue-test',
  payload: z.object({ n: z.int() }),
  attempts: 1,
  backoffMs: 0,
  concurrency: 1,
});
const log = createLog({ level: 'silent' });
let dir: string;
let server: Breakable;
afterEach(async () => {
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

it.each([
  ['postgres', breakablePostgres],
  ['redis', breakableRedis],
] as const)(
  'a hint to a frozen %s counts as not delivered, and the queue closes in time',
  async (kind, start) => {
    dir = mkdtempSync(join(tmpdir(), 'frozen-queue-'));
    server = await start(dir);
    const backend = await openQueue({
      redisUrl: kind === 'redis' ? server.url : null,
      databaseUrl: server.url,
      log,
    });
    expect(await backend.send(job, { n: 1 })).toBe(true);
    await server.away('frozen');
    const sent = await Promise.all([
      backend.send(job, { n: 2 }),
      backend.sendMany(job, [{ payload: { n: 3 } }, { payload: { n: 4 } }]),
    ]);
    expect(sent).toEqual([false, false]);
    const fromMs = performance.now();
    await backend.close(100);
    expect(performance.now() - fromMs).toBeLessThan(1_000);
  },
);
