// What the stand-in checks of every request before its handler runs: away, allowed, permitted, not too many.

import { setTimeout as delay } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';
import { violationsOf } from './contract.ts';
import type { Faults } from './faults.ts';

export type Permission = 'read' | 'write' | 'deploy' | 'read:sensitive';
export type Env = { Bindings: HttpBindings; Variables: { permissions: readonly Permission[] } };

const WINDOW_MS = 60_000;

export interface GuardOptions {
  faults: Faults;
  /** What each token may do. */
  tokens: Readonly<Record<string, readonly Permission[]>>;
  isApiDisabled: () => boolean;
  requestsPerMinute: number;
  /** Requests that contradict Coolify's OpenAPI file. */
  violations: string[];
  /** All requests so far, as `POST /deploy`. */
  requests: string[];
}

export function guard(options: GuardOptions): MiddlewareHandler<Env> {
  const { faults, tokens, requests, violations } = options;
  let sent: number[] = [];
  return async (c, next) => {
    if (faults.away === 'dropped') {
      c.env.outgoing.destroy();
      return c.body(null);
    }
    if (faults.away === 'proxy') return c.html('<h1>502 Bad Gateway</h1>', 502);
    if (faults.slowMs > 0) await delay(faults.slowMs);
    const path = c.req.path.replace('/api/v1', '');
    requests.push(`${c.req.method} ${path}`);

    const now = performance.now();
    sent = [...sent.filter((at) => at > now - WINDOW_MS), now];
    if (sent.length > options.requestsPerMinute) {
      sent.pop();
      return c.json({ message: 'Too Many Attempts.' }, 429, { 'retry-after': '1' });
    }
    const token = c.req.header('authorization')?.replace('Bearer ', '') ?? '';
    const permissions = tokens[token];
    if (!permissions) return c.json({ message: 'Unauthenticated.' }, 401);
    if (options.isApiDisabled()) return c.json({ success: true, message: 'API is disabled.' }, 403);
    const needed = permissionFor(c.req.method, path);
    if (!permissions.includes(needed)) {
      return c.json({ message: `Missing required permissions: ${needed}` }, 403);
    }
    c.set('permissions', permissions);
    const text = await c.req.raw.clone().text();
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    violations.push(...violationsOf({ method: c.req.method, path, query: c.req.query(), body }));
    return next();
  };
}

function permissionFor(method: string, path: string): Permission {
  if (/^\/deploy$|\/(start|stop|restart|cancel)$/.test(path)) return 'deploy';
  return method === 'GET' ? 'read' : 'write';
}
