// Puts the HTTP API together: the middleware of every request, and all routes.
import { randomUUID } from 'node:crypto';
import { publicUrl } from '@meeboter/chassis/env/address.ts';
import { metricsText, registry } from '@meeboter/chassis/metrics.ts';
import { except } from 'hono/combine';
import { createMiddleware } from 'hono/factory';
import { secureHeaders } from 'hono/secure-headers';
import { adminRoutes } from './admin/routes.ts';
import { AUTH_PATH } from './auth.ts';
import { authRoutes } from './auth-routes.ts';
import { limitBody } from './body-limit.ts';
import { botRoutes } from './bots/routes.ts';
import type { ApiContext, ApiEnv } from './context.ts';
import { docsRoutes } from './docs.ts';
import { eventRoutes } from './events/routes.ts';
import { requireJson } from './json-body.ts';
import { INSPECT_BODY_MAX, INSPECT_PATH, meetingRoutes } from './meetings/routes.ts';
import { aboutApi } from './openapi.ts';
import { poolRoutes } from './pool/routes.ts';
import { answerProblem, Problem } from './problem.ts';
import { queueRoutes } from './queues/routes.ts';
import { requireAdmin, requireUser } from './require-user.ts';
import { createRouter } from './router.ts';
import { requireRuntimeToken } from './runtime/require-runtime.ts';
import { runtimeRoutes } from './runtime/routes.ts';
import { signInRoutes } from './sign-in/routes.ts';
import { bytesOf, staticFile } from './static-file.ts';
import { refuseWrongUrl } from './storable.ts';

const USER_BODY_MAX = 100 * 1024;
const RUNTIME_BODY_MAX = 2 * 1024 * 1024;

/** Gives every request an id (the caller's X-Request-Id, or a new one) and one log line. */
function accessLog(context: ApiContext) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const given = c.req.header('x-request-id');
    const requestId = given !== undefined && /^[\w.:-]{1,100}$/.test(given) ? given : randomUUID();
    c.set('requestId', requestId);
    c.header('x-request-id', requestId);
    const startedAt = performance.now();
    await next();
    context.log.debug(
      {
        request_id: requestId,
        method: c.req.method,
        path: c.req.path,
        status: c.res.status,
        ms: Math.round(performance.now() - startedAt),
      },
      'request',
    );
  });
}

/** The whole API as one Hono app. */
export function createApp(context: ApiContext) {
  const app = createRouter();

  app.onError((error, c) => {
    const answer = answerProblem(c, error);
    if (answer.status >= 500) {
      context.log.error({ request_id: c.get('requestId'), path: c.req.path, err: error }, 'request failed');
    }
    return answer;
  });
  app.notFound((c) =>
    answerProblem(c, new Problem(404, { code: 'not_found', detail: `There is nothing at ${c.req.path}.` })),
  );

  app.use(accessLog(context));
  app.use(secureHeaders({ crossOriginResourcePolicy: false }));
  app.use(refuseWrongUrl);

  app.get('/', (c) => c.redirect('/docs'));
  app.get('/livez', (c) => c.json({ ok: true }));
  app.get('/healthz', (c) => c.json({ ok: true }));
  app.get('/readyz', async (c) => {
    const readiness = await context.health.readiness();
    return c.json(readiness, readiness.ready ? 200 : 503);
  });

  app.get('/metrics', requireAdmin(context), async (c) =>
    c.body(await metricsText(), 200, { 'content-type': registry.contentType }),
  );

  app.use(`${AUTH_PATH}/*`, limitBody(USER_BODY_MAX));
  app.route('/', authRoutes(context));

  // The token is checked before any of the body is read: without one, a request costs next to nothing.
  app.use('/runtime/*', requireRuntimeToken(context.settings.MEEBOTER_SECRET), limitBody(RUNTIME_BODY_MAX));
  app.route('/', runtimeRoutes(context));

  app.use('/v1/*', requireUser(context), except(INSPECT_PATH, limitBody(USER_BODY_MAX)), requireJson);
  app.use(INSPECT_PATH, limitBody(INSPECT_BODY_MAX));
  app.route('/', botRoutes(context));
  app.route('/', eventRoutes(context));
  app.route('/', meetingRoutes(context));
  app.route('/', poolRoutes(context));
  app.use('/v1/admin/*', requireAdmin(context));
  app.route('/', adminRoutes(context));

  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key: mbk_…',
  });
  // Generated at the first request: by then all routes are registered.
  const document = () => JSON.stringify(app.getOpenAPI31Document(aboutApi(publicUrl(context.settings))));
  app.get(
    '/openapi.json',
    staticFile(() => ({ content: bytesOf(document()), type: 'application/json', maxAgeSeconds: 0 })),
  );
  app.route('/', docsRoutes());
  app.route('/', signInRoutes());
  app.route('/', queueRoutes(context));
  return app;
}
