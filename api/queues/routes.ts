// /queues: Bull Board, for admins. A browser without a session is redirected to the
// sign-in page; any other client gets a problem document.
import type { Context, Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ApiContext, ApiEnv } from '../context.ts';
import { pagePolicy } from '../page-policy.ts';
import { Problem, titleOf } from '../problem.ts';
import { requireAdmin, signedInUser } from '../require-user.ts';
import { createRouter } from '../router.ts';
import { notAllowedPage, signInPath } from '../sign-in/routes.ts';
import { createBoard } from './board.ts';

const BASE_PATH = '/queues';
/** Links to fonts on other servers in Bull Board's page. It works without them. */
const FOREIGN_LINK = /<link\b[^>]*\bhref="https?:\/\/[^>]*>/g;

const wantsPage = (c: Context) =>
  c.req.method === 'GET' && /\btext\/html\b/.test(c.req.header('accept') ?? '');

function pathOf(c: Context): string {
  const { pathname, search } = new URL(c.req.url);
  return pathname + search;
}

/** Redirects a browser without a session to the sign-in page; other clients get 401. */
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

/** Shows a 403 as a page, to a client that asked for a page. */
const explain = createMiddleware<ApiEnv>(async (c, next) => {
  await next();
  if (c.res.status === 403 && wantsPage(c)) c.res = c.html(notAllowedPage(pathOf(c)), 403);
});

/** Refuses everything but reading, whatever the board itself would allow. */
const lookOnly = createMiddleware<ApiEnv>(async (c, next) => {
  if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
    throw new Problem(405, {
      code: 'read_only',
      detail: 'The queues are read-only here.',
      headers: { allow: 'GET, HEAD' },
    });
  }
  return next();
});

/** Removes what the page would load from other servers. */
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
  app.all(`${BASE_PATH}/*`, async (c) => {
    board ??= createBoard(context.jobs, context.settings.PLATFORM_PRIORITY, BASE_PATH);
    const answer = await board.fetch(c.req.raw);
    if (answer.status < 400) return answer;
    const title = titleOf(answer.status);
    throw new Problem(answer.status as ContentfulStatusCode, {
      code: title.toLowerCase().replaceAll(' ', '_'),
      detail: `${title}.`,
      cause: new Error(`Bull Board: ${(await answer.text()).slice(0, 500)}`),
    });
  });
  return app;
}
