// The health of a process, the same for every program:
//
//   /livez    503 when this process is stuck and a restart may help
//   /readyz   503 when the database is away, without which it can do nothing for its callers.
//             Other servers that are away are listed as `degraded`: taking this process out of
//             service would not help
//   /metrics  has `meeboter_dependency_up` for each server that this program uses
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
  /** Needed for readiness; the others are not. */
  db: Pingable;
  jobs: Pick<JobBackend, 'ping'>;
  storage?: { ping(): Promise<void> };
}

type Name = 'database' | 'queue' | 'object_store';

export interface Readiness {
  /** The database answers. */
  ready: boolean;
  /** Servers that do not answer and are not needed for readiness: the sweep replaces lost hints, uploads are retried. */
  degraded: Name[];
  /** By server: `ok`, or the error. */
  checks: Partial<Record<Name, string>>;
}

/** How long a server may take to answer. */
const CHECK_LIMIT_MS = 3_000;

export class Health {
  readonly #probes = new Map<Name, () => Promise<unknown>>();
  /** Checks that have no answer yet. While a server does not answer, it is not asked a second time. */
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

  /** `ok`, or the error. A server that does not answer within the limit counts as away. */
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
      // Do not wait for an old check again: its promise keeps every waiter in memory until it settles.
      const late = performance.now() - asked.atMs >= this.#checkLimitMs;
      return late ? Promise.reject(new NoAnswerError(this.#checkLimitMs)) : asked.answer;
    }
    const answer = probe().finally(() => this.#asked.delete(name));
    this.#asked.set(name, { answer, atMs: performance.now() });
    return answer;
  }
}

/** A worker is stuck when no job ends, successfully or not, for this long although its servers answer. */
const IDLE_TOO_LONG_MS = 60_000;

export interface HealthServerOptions {
  settings: HealthSettings;
  health: Health;
  jobs: Pick<JobBackend, 'lastHandledAt'>;
  /** True for a process that has a job every second: when none ends for a minute, it is stuck. */
  alwaysBusy: boolean;
  idleTooLongMs?: number;
}

/**
 * Serves /livez, /readyz and /metrics on HEALTH_PORT, if that is set, for processes that have no other HTTP
 * server. For liveness a failed job counts as a job that ended: jobs fail while the database is away, and a
 * restart does not change that.
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
        // Do not wait for a check of a server that is away.
        server.closeAllConnections();
      }),
  };
}

function livenessOf({ health, jobs, alwaysBusy, idleTooLongMs = IDLE_TOO_LONG_MS }: HealthServerOptions) {
  // The start of this process, or the last time that one of its servers was seen to be away.
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
