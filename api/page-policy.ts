import { createMiddleware } from 'hono/factory';
import type { ApiEnv } from './context.ts';

// Styles are set on elements by Bull Board; scripts come in files only.
const POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** For pages of ours: nothing is loaded from elsewhere, nobody puts them in a frame, and no cache keeps what they show. */
export const pagePolicy = createMiddleware<ApiEnv>(async (c, next) => {
  await next();
  c.res.headers.set('content-security-policy', POLICY);
  if (/\b(html|json)\b/.test(c.res.headers.get('content-type') ?? '')) {
    c.res.headers.set('cache-control', 'no-store');
  }
});
