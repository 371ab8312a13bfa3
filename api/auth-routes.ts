// /api/auth: sign-in and API keys, by better-auth, with the same shape of errors as the
// rest of the API. The library hands text to the database unchecked, so text that the
// database cannot store is refused before.
import { getConnInfo } from '@hono/node-server/conninfo';
import { createMiddleware } from 'hono/factory';
import { AUTH_PATH, withClient } from './auth.ts';
import { authProblem } from './auth-problem.ts';
import type { ApiContext, ApiEnv } from './context.ts';
import { checkJsonType, parseJson } from './json-body.ts';
import { escapePointer, type FieldProblem, invalidField } from './problem.ts';
import { createRouter } from './router.ts';
import { wrongText } from './storable.ts';

const DEPTH_MAX = 20;

/** /api/auth and all below it. The caller has limited the size of bodies. */
export function authRoutes({ auth, settings }: ApiContext) {
  const app = createRouter();
  app.use(`${AUTH_PATH}/*`, refuseWrongBody);
  app.on(['GET', 'POST'], `${AUTH_PATH}/*`, async (c) => {
    const { address } = getConnInfo(c).remote;
    const answer = await auth.handler(withClient(c.req.raw, settings, address));
    if (answer.status < 400) return answer;
    throw await authProblem(answer, { headers: c.req.raw.headers, address, settings });
  });
  return app;
}

/** Refuses bodies with text that cannot be stored or is too long. */
const refuseWrongBody = createMiddleware<ApiEnv>(async (c, next) => {
  const { headers } = c.req.raw;
  if (c.req.method === 'POST') {
    const text = await c.req.text();
    if (text !== '') {
      checkJsonType(headers);
      const wrong = wrongPlace(parseJson(text));
      if (wrong !== null) throw invalidField(wrong);
    }
    c.req.raw = new Request(c.req.url, { method: 'POST', headers, body: text || null });
  }
  return next();
});

/** Finds a value in a body that has to be refused; null when there is none. Not recursive: a deep body would overflow the stack. */
function wrongPlace(body: unknown): FieldProblem | null {
  const places = [{ pointer: '', value: body, depth: 0 }];
  for (let place = places.pop(); place !== undefined; place = places.pop()) {
    const { pointer, value, depth } = place;
    if (depth > DEPTH_MAX) return { pointer, code: 'too_deep', detail: `At most ${DEPTH_MAX} levels.` };
    if (typeof value === 'string') {
      const wrong = wrongText(value);
      if (wrong !== null) return { pointer, ...wrong };
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        const wrong = wrongText(key);
        if (wrong !== null) return { pointer, ...wrong };
        places.push({ pointer: `${pointer}/${escapePointer(key)}`, value: inner, depth: depth + 1 });
      }
    }
  }
  return null;
}
