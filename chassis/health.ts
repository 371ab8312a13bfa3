// Liveness and readiness, the same for every process.
import { createServer } from 'node:http';
import type { HealthSettings } from './env/process.ts';
import type { JobBackend } from './jobs.ts';
import { metricsText, registry } from './metrics.ts';
import { withTimeLimit } from './time-limit.ts';

/** A database client, as far as health is concerned. */
interface Pingable {
  $queryRaw(query: TemplateStringsArray): Promise<unknown>;
}

export interface HealthParts {
  db: Pingable;
  jobs: JobBackend;
  storage?: { ensureBucket(): Promise<void> };
}

export interface Health {
  ready: boolean;
  checks: Record<string, 'ok' | string>;
}

const CHECK_DEADLINE_MS = 3_000;

/** Whether this process can do its work now: database, queue and, where given, the object store answer. */
export async function readiness(parts: HealthParts): Promise<Health> {
  const entries = await Promise.all([
    check('database', () => parts.db.$queryRaw`SELECT 1`),
    check('queue', () => parts.jobs.ping()),
    ...(parts.storage ? [check('object_store', () => parts.storage?.ensureBucket())] : []),
  ]);
  return { ready: entries.every(([, state]) => state === 'ok'), checks: Object.fromEntries(entries) };
}

async function check(name: string, probe: () => unknown): Promise<[string, string]> {
  try {
    await withTimeLimit(CHECK_DEADLINE_MS, async () => probe());
    return [name, 'ok'];
  } catch (error) {
    return [name, error instanceof Error ? error.message : String(error)];
  }
}

/** A worker that consumes nothing for this long, of a queue that answers, is not alive. */
const IDLE_TOO_LONG_MS = 60_000;

/**
 * Serves /livez, /readyz and /metrics on HEALTH_PORT, where it is set, for processes that serve
 * nothing else.
 * `alwaysBusy`: this process has work every second, so that a long silence means that it is stuck; unless
 * the queue is away, which a new start of this process does not change.
 */
export async function serveHealth(
  parts: HealthParts & { settings: HealthSettings; alwaysBusy: boolean; idleTooLongMs?: number },
): Promise<{ close(): Promise<void> }> {
  const port = parts.settings.HEALTH_PORT;
  if (port === undefined) return { close: async () => undefined };
  const { alwaysBusy, idleTooLongMs = IDLE_TOO_LONG_MS } = parts;
  // When it started, or the queue was last seen to be away.
  let excusedAt = Date.now();
  const liveness = async () => {
    const handledAt = parts.jobs.lastHandledAt() ?? excusedAt;
    const last_job_ms_ago = Date.now() - handledAt;
    const isIdle = Date.now() - Math.max(handledAt, excusedAt) >= idleTooLongMs;
    if (!alwaysBusy || !isIdle) return { alive: true, last_job_ms_ago };
    const [, queue] = await check('queue', () => parts.jobs.ping());
    if (queue !== 'ok') excusedAt = Date.now();
    return { alive: queue !== 'ok', last_job_ms_ago, queue };
  };
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (request.url === '/livez') {
      return void liveness().then(({ alive, ...facts }) => answer(alive ? 200 : 503, facts));
    }
    if (request.url?.startsWith('/readyz')) {
      return void readiness(parts).then((health) => answer(health.ready ? 200 : 503, health));
    }
    if (request.url === '/metrics') {
      return void metricsText().then(
        (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
        (error: unknown) => answer(500, { title: error instanceof Error ? error.message : String(error) }),
      );
    }
    return answer(404, { title: 'Not found' });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '0.0.0.0', resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Whoever asks how we are is not kept waiting for, while a check of ours waits for a server.
        server.closeAllConnections();
      }),
  };
}
