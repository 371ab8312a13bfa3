// The deployment platforms of a fault run, as an HTTP server. Their containers are fake runtimes in this process.
// With `faults` on, some answers are wrong, late or missing, and some containers start twice.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Random } from './random.ts';
import type { Room } from './room.ts';
import { FakeRuntime, type RuntimeOptions } from './runtime.ts';

const orderSchema = z.object({
  deploymentId: z.string().default(''),
  botId: z.string().default(''),
  apiUrl: z.string().default(''),
  claimToken: z.string().default(''),
});
type Order = z.infer<typeof orderSchema>;

export interface PlatformServerOptions {
  room: Room;
  random: Random;
  fencing: boolean;
  /** How many containers each platform runs at most. */
  capacity: Record<string, number>;
  /** Called for each runtime: returns how long its meeting lasts, see RuntimeOptions. */
  meeting: () => RuntimeOptions['goesOn'];
  reportEveryMs?: number;
  onFault: (kind: string) => void;
}

export class PlatformServer {
  faults = false;
  /** Platforms that are dead: their API does not answer, and nothing runs there. */
  readonly dead = new Set<string>();
  readonly runtimes = new Map<string, { platform: string; runtimes: FakeRuntime[] }>();
  readonly #options: PlatformServerOptions;
  readonly #server: Server;
  #starts = 0;
  /** Without fencing, a stop is confirmed at once and happens 4 s later: these do not show any more. */
  readonly #forgotten = new Set<string>();

  constructor(options: PlatformServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      const [, platform = '', verb = ''] = request.url?.split('/') ?? [];
      void text(request)
        .then((body) => this.#answer(platform, verb, orderSchema.parse(JSON.parse(body || '{}')), response))
        .catch(() => response.destroy());
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
  close(): void {
    for (const runtime of this.living()) runtime.kill();
    this.#server.closeAllConnections();
    this.#server.close();
  }
  /** A platform dies, with all that runs there, until `dead` is cleared. */
  die(platform: string): void {
    this.dead.add(platform);
    for (const it of this.runtimes.values()) {
      if (it.platform === platform) for (const runtime of it.runtimes) runtime.kill();
    }
  }
  all(): FakeRuntime[] {
    return [...this.runtimes.values()].flatMap(({ runtimes }) => runtimes);
  }
  living(): FakeRuntime[] {
    return this.all().filter((runtime) => !runtime.hasEnded);
  }

  async #answer(platform: string, verb: string, order: Order, response: ServerResponse): Promise<void> {
    const { random, onFault } = this.#options;
    const reply = (status: number, body: unknown = {}) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (this.dead.has(platform)) {
      response.destroy();
      return;
    }
    const fault = this.faults ? random.next() : 1;
    const id = order.deploymentId;
    if (fault < 0.06) {
      onFault(`platform ${verb} 429`);
      return reply(429);
    }
    if (fault < 0.12) {
      onFault(`platform ${verb} 500`);
      return reply(500);
    }
    if (verb === 'list') {
      const running = [...this.runtimes].filter(
        ([, it]) => it.platform === platform && it.runtimes.some((r) => !r.hasEnded),
      );
      return reply(200, { deployments: running.map(([deploymentId]) => deploymentId) });
    }
    if (verb === 'look') return reply(200, { presence: this.#shows(id) ? 'running' : 'gone' });
    if (verb === 'stop') return this.#stop(id, fault < 0.2, reply);
    const full = this.#count(platform) >= (this.#options.capacity[platform] ?? 0);
    if (full && !this.runtimes.has(id)) return reply(409, { error: 'no room' });
    if (fault < 0.18) {
      onFault('platform start 500, takes effect later');
      void delay(2_000).then(() => this.#start(platform, order, 1));
      return reply(500);
    }
    this.#starts += 1;
    // With every seed some containers start twice.
    const twice = fault < 0.25 || (this.faults && this.#starts % 5 === 2);
    if (twice) onFault('platform starts two containers');
    this.#start(platform, order, twice ? 2 : 1);
    if (!twice && fault < 0.32) {
      onFault('platform start done, answer never comes');
      await delay(3_500);
      response.destroy();
      return;
    }
    return reply(200, { ref: `lab:${id}` });
  }

  /** Starts the containers of a deployment; does nothing when they were started before. `count` is 2 for the fault. */
  #start(platform: string, order: Order, count: number): void {
    if (this.runtimes.has(order.deploymentId)) return;
    const { room, fencing, random, meeting, reportEveryMs } = this.#options;
    const make = () =>
      new FakeRuntime(order, {
        ...{ room, fencing, goesOn: meeting(), admittedAfterMs: random.between(50, 400) },
        ...(reportEveryMs === undefined ? {} : { reportEveryMs }),
      });
    this.runtimes.set(order.deploymentId, { platform, runtimes: Array.from({ length: count }, make) });
  }

  async #stop(id: string, slow: boolean, reply: (status: number, body?: unknown) => void): Promise<void> {
    const kill = () => {
      for (const runtime of this.runtimes.get(id)?.runtimes ?? []) runtime.kill();
    };
    if (!this.#options.fencing) {
      this.#forgotten.add(id);
      void delay(4_000).then(kill);
    } else if (slow) {
      this.#options.onFault('platform stops slowly');
      void delay(2_000).then(kill);
    } else kill();
    return reply(200);
  }

  #runs(id: string): boolean {
    return (this.runtimes.get(id)?.runtimes ?? []).some((runtime) => !runtime.hasEnded);
  }
  #shows(id: string): boolean {
    return !this.#forgotten.has(id) && this.#runs(id);
  }
  #count(platform: string): number {
    return [...this.runtimes.values()].filter(
      (it) => it.platform === platform && it.runtimes.some((runtime) => !runtime.hasEnded),
    ).length;
  }
}
