// What a process needs of other servers, and whether it is well. The same for
// every program:
//
//   /livez    503 when this process is stuck, and a new start of it may help
//   /readyz   503 when it cannot do now what its callers need; what else is away is
//             only named, `degraded`: taking this process out would help nobody
//   /metrics  has `meeboter_dependency_up` for each of them
import { createServer } from 'node:http';
import type { HealthSettings } from './env/process.ts';
import type { JobBackend } from './jobs.ts';
import { beforeScrape, dependencyUp, metricsText, registry } from './metrics.ts';
import { NoAnswerError, withTimeLimit } from './time-limit.ts';

/** A database client, as far as health is concerned. */
interface Pingable {
  $queryRaw(query: TemplateStringsArray): Promise<unknown>;
}

export interface Dependencies {
  /** Without it no program can do anything for its callers. */
  db: Pingable;
  jobs: Pick<JobBackend, 'ping'>;
  storage?: { ping(): Promise<void> };
}

type Name = 'database' | 'queue' | 'object_store';

export interface Readiness {
  /** The database answers. */
  ready: boolean;
  /** What does not answer and is not needed now: hints wait for the sweep, uploads are tried again. */
  degraded: Name[];
  /** `ok`, or why not. */
  checks: Partial<Record<Name, string>>;
}

/** How long a server may take to answer. */
const CHECK_LIMIT_MS = 3_000;

export class Health {
  readonly #probes = new Map<Name, () => Promise<unknown>>();
  /** Questions that are not answered yet: a frozen server is not asked again before it has answered. */
  readonly #asked = new Map<Name, { answer: Promise<unknown>; atMs: number }>();
  readonly #service: string;
  readonly #checkLimitMs: number;
  readonly #stopMetrics: () => void;

  /** Sets `meeboter_dependency_up` before each scrape of this process, until `close`. */
  constructor(service: string, { db, jobs, storage }: Dependencies, checkLimitMs = CHECK_LIMIT_MS) {
    this.#probes.set('database', async () => db.$queryRaw`SELECT 1`);
    this.#probes.set('queue', () => jobs.ping());
    if (storage) this.#probes.set('object_store', () => storage.ping());
    this.#service = service;
    this.#checkLimitMs = checkLimitMs;
    this.#stopMetrics = beforeScrape(async () => {
      const { checks } = await this.readiness();
      for (const [dependency, state] of Object.entries(checks)) {
        dependencyUp.set({ service, dependency }, state === 'ok' ? 1 : 0);
      }
    });
  }

  async readiness(): Promise<Readiness> {
    const names = [...this.#probes.keys()];
    const states = await Promise.all(names.map(async (name) => [name, await this.check(name)] as const));
    const away = states.filter(([, state]) => state !== 'ok').map(([name]) => name);
    return {
      ready: !away.includes('database'),
      degraded: away.filter((name) => name !== 'database'),
      checks: Object.fromEntries(states),
    };
  }

  /** `ok`, or why not, which a server that does not answer within the limit is not. */
  async check(name: Name): Promise<string> {
    const probe = this.#probes.get(name);
    if (!probe) return 'ok';
    try {
      await withTimeLimit(this.#checkLimitMs, () => this.#ask(name, probe));
      return 'ok';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  close(): void {
    this.#stopMetrics();
    for (const dependency of this.#probes.keys()) dependencyUp.remove({ service: this.#service, dependency });
  }

  #ask(name: Name, probe: () => Promise<unknown>): Promise<unknown> {
    const asked = this.#asked.get(name);
    if (asked) {
      // No more waiting on an old question: everybody who waits is kept by it until it is answered.
      const late = performance.now() - asked.atMs >= this.#checkLimitMs;
      return late ? Promise.reject(new NoAnswerError(this.#checkLimitMs)) : asked.answer;
    }
    const answer = probe().finally(() => this.#asked.delete(name));
    this.#asked.set(name, { answer, atMs: performance.now() });
    return answer;
  }
}

/** A worker that ends no job, well or not, for this long is stuck, while the servers it needs answer. */
const IDLE_TOO_LONG_MS = 60_000;

export interface HealthServerOptions {
  settings: HealthSettings;
  health: Health;
  jobs: Pick<JobBackend, 'lastHandledAt'>;
  /** This process has a job every second, so that a long silence means that it is stuck. */
  alwaysBusy: boolean;
  idleTooLongMs?: number;
}

/**
 * Serves /livez, /readyz and /metrics on HEALTH_PORT, where it is set, for processes that serve nothing
 * else. A job that fails counts as handled: the database may be away, which a new start does not change.
 */
export async function serveHealth(options: HealthServerOptions): Promise<{ close(): Promise<void> }> {
  const { settings, health } = options;
  if (settings.HEALTH_PORT === undefined) return { close: async () => undefined };
  const liveness = livenessOf(options);
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    const fail = (error: unknown) =>
      answer(500, { title: error instanceof Error ? error.message : String(error) });
    const path = request.url?.split('?')[0];
    if (path === '/livez') {
      return void liveness().then(({ alive, ...facts }) => answer(alive ? 200 : 503, facts), fail);
    }
    if (path === '/readyz') {
      return void health.readiness().then((facts) => answer(facts.ready ? 200 : 503, facts), fail);
    }
    if (path === '/metrics') {
      return void metricsText().then(
        (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
        fail,
      );
    }
    return answer(404, { title: 'Not found' });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.HEALTH_PORT, '0.0.0.0', resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // A question that waits for a server that is away does not keep the process.
        server.closeAllConnections();
      }),
  };
}

function livenessOf({ health, jobs, alwaysBusy, idleTooLongMs = IDLE_TOO_LONG_MS }: HealthServerOptions) {
  // When this process started, or when a server that it needs was last seen to be away.
  let excusedAt = Date.now();
  return async () => {
    const handledAt = jobs.lastHandledAt() ?? excusedAt;
    const last_job_ms_ago = Date.now() - handledAt;
    const isIdle = Date.now() - Math.max(handledAt, excusedAt) >= idleTooLongMs;
    if (!alwaysBusy || !isIdle) return { alive: true, last_job_ms_ago };
    const [queue, database] = await Promise.all([health.check('queue'), health.check('database')]);
    const isExcused = queue !== 'ok' || database !== 'ok';
    if (isExcused) excusedAt = Date.now();
    return { alive: isExcused, last_job_ms_ago, queue, database };
  };
}
