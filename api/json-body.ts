import { createMiddleware } from 'hono/factory';
import type { ApiEnv } from './context.ts';
import { Problem } from './problem.ts';

const JSON_TYPE = /^application\/([a-z0-9.-]+\+)?json *(;|$)/i;

/** Throws 415 unless the request says that its body is JSON. */
export function checkJsonType(headers: Headers): void {
  if (JSON_TYPE.test(headers.get('content-type') ?? '')) return;
  throw new Problem(415, { code: 'not_json', detail: 'Send the body as Content-Type: application/json.' });
}

/** Throws 400 for text that is not JSON. Of a key that stands twice the last value counts. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem(400, { code: 'malformed_json', detail: 'The body is not valid JSON.', cause });
  }
}

/** Lets requests with a body pass only when it is JSON by their own word. */
export const requireJson = createMiddleware<ApiEnv>(async (c, next) => {
  if (c.req.method === 'POST' || c.req.method === 'PATCH' || c.req.method === 'PUT') {
    checkJsonType(c.req.raw.headers);
  }
  await next();
});
