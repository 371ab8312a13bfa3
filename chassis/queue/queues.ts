// The queues of this process, opened when they are first used.
import type { Queue } from 'bullmq';
import type { Log } from '../log.ts';
import type { QueueServer } from './server.ts';

export class Queues {
  readonly #server: () => QueueServer;
  readonly #log: Log;
  readonly #queues = new Map<string, Queue>();

  /** `server` returns the connected server, or throws when there is none; then `get` throws too. */
  constructor(server: () => QueueServer, log: Log) {
    this.#server = server;
    this.#log = log;
  }

  get(name: string): Queue {
    const known = this.#queues.get(name);
    if (known) return known;
    const queue = this.#server().queue(name);
    // Without a listener an `error` event would end the process.
    queue.on('error', (err) => this.#log.debug({ queue: name, err }, 'queue connection'));
    this.#queues.set(name, queue);
    // BullMQ never retries to open a queue, so the next caller gets a new one.
    queue.waitUntilReady().catch(() => {
      this.#queues.delete(name);
      queue.close().catch(() => undefined);
    });
    return queue;
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#queues.values()].map((queue) => queue.close()));
  }
}
