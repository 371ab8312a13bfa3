import { createMiddleware } from 'hono/factory';
import type { ApiEnv } from './context.ts';

// Inline styles are allowed because Bull Board sets them; inline scripts are not.
const POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Headers for our pages: they load nothing from other servers, cannot be framed, and are not cached. */
export const pagePolicy = createMiddleware<ApiEnv>(async (c, next) => {
  await next();
  c.res.headers.set('content-security-policy', POLICY);
  if (/\b(html|json)\b/.test(c.res.headers.get('content-type') ?? '')) {
    c.res.headers.set('cache-control', 'no-store');
  }
});
