// BullMQ used as in its documentation, without our code, for the baselines.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { closing } from './cleanup.ts';
import type { Servers } from './servers.ts';

interface Queue {
  add(name: string, data: object, options?: object): Promise<unknown>;
  on(event: 'error', listener: () => void): unknown;
  close(): Promise<void>;
}
type Handler = (job: { data: object }) => Promise<void>;
interface Classes {
  Queue: new (name: string, options: object) => Queue;
  Worker: new (name: string, handler: Handler, options: object) => Pick<Queue, 'on' | 'close'>;
}
interface BullMq extends Classes {
  createPostgresBackend: unknown;
  withBackend(backend: unknown): Classes;
}

export interface PlainQueues {
  add(queue: string, data: object, delayMs?: number): Promise<void>;
  work(queue: string, concurrency: number, handler: Handler): void;
  close(): Promise<void>;
}

/** Loads BullMQ from chassis, which declares it as a dependency. */
async function loadBullMq(): Promise<BullMq> {
  const chassis = createRequire(createRequire(import.meta.url).resolve('@meeboter/chassis/queue.ts'));
  return (await import(pathToFileURL(chassis.resolve('bullmq')).href)) as BullMq;
}

/** Opens queues on the server that the run uses for its queue. */
export async function openPlainQueues({ redisUrl, databaseUrl }: Servers): Promise<PlainQueues> {
  const bullmq = await loadBullMq();
  const classes = redisUrl ? bullmq : bullmq.withBackend(bullmq.createPostgresBackend);
  const connection = redisUrl
    ? { url: redisUrl, maxRetriesPerRequest: null }
    : { connectionString: databaseUrl, schema: 'bullmq', max: 3 };
  const queues = new Map<string, Queue>();
  const open: Pick<Queue, 'close'>[] = [];
  const keep = <T extends Pick<Queue, 'on' | 'close'>>(it: T): T => {
    it.on('error', () => undefined);
    open.push(it);
    return it;
  };
  return {
    async add(name, data, delayMs = 0) {
      const queue = queues.get(name) ?? keep(new classes.Queue(name, { connection }));
      queues.set(name, queue);
      await queue.add(name, data, { removeOnComplete: true, removeOnFail: true, delay: delayMs });
    },
    work: (name, concurrency, handler) =>
      void keep(new classes.Worker(name, handler, { connection, concurrency })),
    close: closing(async () => {
      await Promise.all(open.map((it) => it.close()));
    }),
  };
}
