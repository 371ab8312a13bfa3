import { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnv } from './context.ts';
import { invalid } from './problem.ts';

const PLACES = { json: 'body', query: 'query', param: 'path', header: 'header' } as const;

/** A router whose validation errors are problem documents. */
export function createRouter() {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      throw invalid(result.error.issues, PLACES[result.target as keyof typeof PLACES] ?? 'body');
    },
  });
}
