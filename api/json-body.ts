import { createMiddleware } from 'hono/factory';
import type { ApiEnv } from './context.ts';
import { Problem } from './problem.ts';

const JSON_TYPE = /^application\/([a-z0-9.-]+\+)?json *(;|$)/i;

/** Throws 415 unless the Content-Type is JSON. */
export function checkJsonType(headers: Headers): void {
  if (JSON_TYPE.test(headers.get('content-type') ?? '')) return;
  throw new Problem(415, { code: 'not_json', detail: 'Send the body as Content-Type: application/json.' });
}

/** Throws 400 for text that is not JSON. When a key occurs twice, the last value counts. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem(400, { code: 'malformed_json', detail: 'The body is not valid JSON.', cause });
  }
}

/**
 * Refuses requests with a body whose Content-Type is not JSON. One without a body needs no type when it has an API key;
 * with a cookie it does, because a form on another website could send it.
 */
export const requireJson = createMiddleware<ApiEnv>(async (c, next) => {
  const { headers } = c.req.raw;
  const mayHaveBody = c.req.method === 'POST' || c.req.method === 'PATCH' || c.req.method === 'PUT';
  const isEmpty = Number(headers.get('content-length') ?? 0) === 0 && !headers.has('transfer-encoding');
  const hasKey = headers.has('authorization') || headers.has('x-api-key');
  if (mayHaveBody && !(isEmpty && hasKey)) checkJsonType(headers);
  await next();
});
