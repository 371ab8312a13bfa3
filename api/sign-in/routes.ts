// /sign-in: the sign-in page, for people with a browser. It loads nothing from other servers.
import { readFileSync } from 'node:fs';
import { Hono } from 'hono';
import type { ApiEnv } from '../context.ts';
import { pagePolicy } from '../page-policy.ts';
import { bytesOf, staticFile } from '../static-file.ts';
import { localPath } from './local-path.ts';

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
const PAGE = read('page.html');
const NOT_ALLOWED = read('not-allowed.html');
const file = (name: string, type: string) =>
  staticFile(() => ({ content: bytesOf(read(name)), type, maxAgeSeconds: 0 }));

/** The path of the sign-in page that continues to `next`, a path on this server. */
export function signInPath(next: string): string {
  return `/sign-in?next=${encodeURIComponent(next)}`;
}

/** The page for users who are signed in but are not admins. */
export function notAllowedPage(next: string): string {
  return NOT_ALLOWED.replace('{{next}}', () => encodeURIComponent(next));
}

/** /sign-in, its script and its style sheet. */
export function signInRoutes() {
  const app = new Hono<ApiEnv>();
  app.use('/sign-in/*', pagePolicy);
  app.get('/sign-in', (c) =>
    c.html(PAGE.replace('{{next}}', () => escapeHtml(localPath(c.req.query('next'))))),
  );
  app.get('/sign-in/page.js', file('page.js', 'text/javascript; charset=utf-8'));
  app.get('/sign-in/page.css', file('page.css', 'text/css; charset=utf-8'));
  return app;
}

function escapeHtml(text: string): string {
  const codes: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => codes[character] ?? '');
}
