// /queues: Bull Board, for admins. Somebody with a browser and no session is
// sent to sign in; a program gets the problem it can read.
import type { Context, Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { ApiContext, ApiEnv } from '../context.ts';
import { pagePolicy } from '../page-policy.ts';
import { Problem } from '../problem.ts';
import { requireAdmin, signedInUser } from '../require-user.ts';
import { createRouter } from '../router.ts';
import { notAllowedPage, signInPath } from '../sign-in/routes.ts';
import { createBoard } from './board.ts';

const BASE_PATH = '/queues';
/** Bull Board's page asks for fonts from elsewhere; it looks well without. */
const FOREIGN_LINK = /<link\b[^>]*\bhref="https?:\/\/[^>]*>/g;

const wantsPage = (c: Context) =>
  c.req.method === 'GET' && /\btext\/html\b/.test(c.req.header('accept') ?? '');

function pathOf(c: Context): string {
  const { pathname, search } = new URL(c.req.url);
  return pathname + search;
}

/** Sends a browser to the sign-in page, where a program gets 401. */
function signInFirst(context: ApiContext) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    try {
      c.set('userId', await signedInUser(context, c.req.raw.headers));
    } catch (error) {
      const mayGo = error instanceof Problem && error.options.code === 'not_signed_in' && wantsPage(c);
      if (!mayGo) throw error;
      return c.redirect(signInPath(pathOf(c)), 303);
    }
    return next();
  });
}

/** The 403 as a page, where a page was asked for. */
const explain = createMiddleware<ApiEnv>(async (c, next) => {
  await next();
  if (c.res.status === 403 && wantsPage(c)) c.res = c.html(notAllowedPage(pathOf(c)), 403);
});

/** Whatever the board lets through: from here nothing is changed. */
const lookOnly = createMiddleware<ApiEnv>(async (c, next) => {
  if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
    throw new Problem(405, {
      code: 'read_only',
      detail: 'The queues are to look at: jobs are hints, and the sweep sends them again.',
      headers: { allow: 'GET, HEAD' },
    });
  }
  return next();
});

/** Leaves out what a page would load from elsewhere. */
const stayHere = createMiddleware<ApiEnv>(async (c, next) => {
  await next();
  if (!c.res.headers.get('content-type')?.startsWith('text/html')) return;
  c.res = c.html((await c.res.text()).replaceAll(FOREIGN_LINK, ''));
});

/** /queues and all below it. */
export function queueRoutes(context: ApiContext) {
  const app = createRouter();
  let board: Hono | undefined;
  const mayLook = [explain, signInFirst(context), requireAdmin(context), lookOnly];
  app.use(`${BASE_PATH}/*`, pagePolicy, ...mayLook, stayHere);
  app.all(`${BASE_PATH}/*`, (c) => {
    board ??= createBoard(context.jobs, BASE_PATH);
    return board.fetch(c.req.raw);
  });
  return app;
}
