// `npm run bench:soak [-- --jobs 1000000 --redis]` measures the memory of each server process while it handles a
// million jobs, with heartbeats at the same time. The jobs name deployments and recordings that do not exist, so
// each handler reads its row and returns. Memory that grows is memory that a process keeps per job.
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { JobSender } from '@meeboter/chassis/jobs.ts';
import { createLog } from '@meeboter/chassis/log.ts';
import { openQueue } from '@meeboter/chassis/queue.ts';
import {
  deployJob,
  lookJob,
  requestDeploys,
  requestLooks,
  requestStops,
  stopJob,
} from '@meeboter/deployer/inbox.ts';
import { finishRecordingJob, requestFinishRecordings } from '@meeboter/scheduler/inbox.ts';
import { z } from 'zod';
import { closeEverything, closing, endInOrder } from './control-plane/cleanup.ts';
import { startWorld } from './control-plane/world.ts';
import { usageOfProcess } from './usage.ts';

const MIB = 1024 * 1024;
/** Live bots, and how often each reports. That is the load of the API. */
const BOTS = 50;
const HEARTBEAT_MS = 250;
/** A small heap is collected often, so that growth is kept memory and not garbage. */
const HEAP = '--max-semi-space-size=4 --max-old-space-size=192';
/** How many jobs of a kind are sent at once, and how many of a kind may be waiting before more are sent. */
const CHUNK = 500;
const WAITING_AT_MOST = 1_000;
const SAMPLES = 50;
/** This share of the samples, the first ones, is not judged: code is compiled, pools and heaps grow to their size. */
const WARM_UP_SHARE = 0.4;
/** Growth by more than this, from the first judged third to the last, counts as a leak. */
const FLAT_MIB = 20;

const PLATFORM = 'aws';
const at = (id: string) => ({ id, deployment_platform: PLATFORM });
interface Kind {
  queue: string;
  ask(jobs: JobSender, ids: readonly string[]): Promise<unknown>;
}
const KINDS: readonly Kind[] = [
  { queue: lookJob(PLATFORM).queue, ask: (jobs, ids) => requestLooks(jobs, ids.map(at)) },
  { queue: stopJob(PLATFORM).queue, ask: (jobs, ids) => requestStops(jobs, ids.map(at)) },
  { queue: deployJob(PLATFORM).queue, ask: (jobs, ids) => requestDeploys(jobs, PLATFORM, ids) },
  { queue: finishRecordingJob.queue, ask: requestFinishRecordings },
];

const print = (line: string) => process.stdout.write(`${line}\n`);

const { values } = parseArgs({ options: { jobs: { type: 'string' }, redis: { type: 'boolean' } } });
const total = z.coerce.number().int().min(1_000).default(1_000_000).parse(values.jobs);
const redis = values.redis ?? false;

endInOrder();
let exitCode = 0;
try {
  const options = { redis, only: [], scale: 1, json: null, profile: null };
  const world = await startWorld(options, { limit: BOTS + 10, env: { NODE_OPTIONS: HEAP } });
  const { servers, platform, programs } = world;
  platform.behave({ kind: 'live', everyMs: HEARTBEAT_MS });
  for (let n = 0; n < BOTS; n += 1) {
    const account = world.accounts[0];
    if (account) await world.book(account);
  }
  await platform.count('admitted', BOTS, 120_000);

  const jobs = await openQueue({
    redisUrl: servers.redisUrl,
    databaseUrl: servers.databaseUrl,
    log: createLog({ level: 'warn' }),
  });
  closing(() => jobs.close(1_000));
  const boards = jobs.board(KINDS.map(({ queue }) => queue));
  const waiting = async () => {
    const counts = await Promise.all(boards.map((board) => board.getJobCounts('waiting', 'active')));
    return Math.max(...counts.map(({ waiting: n = 0, active = 0 }) => n + active));
  };

  const samples = new Map<string, number[]>(programs.map(({ name }) => [name, []]));
  const startedAtMs = performance.now();
  const heading = `queue on ${redis ? 'Redis' : 'PostgreSQL'}, ${total} jobs, ${BOTS} bots that report every ${HEARTBEAT_MS} ms`;
  print(`${heading}\njobs | ${programs.map(({ name }) => `${name}, MiB RSS`).join(' | ')}`);
  let handled = 0;
  for (let sample = 1; sample <= SAMPLES; sample += 1) {
    while (handled < (total * sample) / SAMPLES) {
      for (const { ask } of KINDS) {
        const ids = Array.from({ length: CHUNK }, () => `none_${crypto.randomUUID()}`);
        if (!(await ask(jobs, ids))) throw new Error('the queue did not accept the jobs');
      }
      handled += CHUNK * KINDS.length;
      while ((await waiting()) > WAITING_AT_MOST) await delay(5);
    }
    for (const { name, pid } of programs) samples.get(name)?.push((await usageOfProcess(pid)).rssBytes / MIB);
    platform.forget();
    if (sample % 5 === 0) {
      print(`${handled} | ${programs.map(({ name }) => samples.get(name)?.at(-1)?.toFixed(0)).join(' | ')}`);
    }
  }
  const seconds = (performance.now() - startedAtMs) / 1_000;
  print(`${Math.round(handled / seconds)} jobs/s, ${Math.round(seconds)} s\n`);
  for (const [name, all] of samples) {
    const judged = all.slice(Math.floor(all.length * WARM_UP_SHARE));
    const third = Math.floor(judged.length / 3);
    const [first, last] = [median(judged.slice(0, third)), median(judged.slice(-third))];
    const isFlat = last - first <= FLAT_MIB;
    const perJob = Math.round(((last - first) * MIB) / ((handled * (1 - WARM_UP_SHARE) * 2) / 3));
    print(
      `${name}: ${first.toFixed(0)} MiB, then ${last.toFixed(0)} MiB, ${perJob} bytes per job${isFlat ? '' : ' NOT FLAT'}`,
    );
    if (!isFlat) exitCode = 1;
  }
  await world.close();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  exitCode = 1;
} finally {
  await closeEverything();
}
process.exit(exitCode);

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
