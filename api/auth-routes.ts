// /api/auth: sign-in and API keys by better-auth, with the errors of the rest of
// the API. The library passes text on to the database as it comes, so what the
// database cannot store is refused before.
import { getConnInfo } from '@hono/node-server/conninfo';
import { isStorable } from '@meeboter/domain/text.ts';
import { createMiddleware } from 'hono/factory';
import { AUTH_PATH, withClient } from './auth.ts';
import { authProblem } from './auth-problem.ts';
import type { ApiContext, ApiEnv } from './context.ts';
import { checkJsonType, parseJson } from './json-body.ts';
import { escapePointer, type FieldProblem, invalidField, Problem } from './problem.ts';
import { createRouter } from './router.ts';

/** Nothing that better-auth takes is longer. */
const TEXT_MAX = 2_048;
const DEPTH_MAX = 20;

/** /api/auth and all below it. The caller has limited the size of bodies. */
export function authRoutes({ auth, settings }: ApiContext) {
  const app = createRouter();
  app.use(`${AUTH_PATH}/*`, refuseUnstorable);
  app.on(['GET', 'POST'], `${AUTH_PATH}/*`, async (c) => {
    const { address } = getConnInfo(c).remote;
    const answer = await auth.handler(withClient(c.req.raw, settings, address));
    if (answer.status < 400) return answer;
    throw await authProblem(answer, { headers: c.req.raw.headers, address, settings });
  });
  return app;
}

/** Refuses text that cannot be stored, or is absurdly long, in path, query and body. */
const refuseUnstorable = createMiddleware<ApiEnv>(async (c, next) => {
  const { pathname, searchParams } = new URL(c.req.url);
  if (wrongText(decoded(pathname)) !== null) {
    throw new Problem(404, { code: 'not_found', detail: 'There is nothing at this path.' });
  }
  for (const [name, value] of searchParams) {
    const wrong = wrongText(name) ?? wrongText(value);
    if (wrong !== null)
      throw invalidField({ pointer: `#/query/${escapePointer(name.slice(0, 100))}`, ...wrong });
  }
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

/** A path without its percent codes; NUL, which is refused, when they are no text. */
function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return '\0';
  }
}

type Wrong = Omit<FieldProblem, 'pointer'>;

function wrongText(text: string): Wrong | null {
  if (!isStorable(text)) {
    return { code: 'not_storable', detail: 'The text has characters that cannot be stored.' };
  }
  if (text.length > TEXT_MAX) return { code: 'too_big', detail: `At most ${TEXT_MAX} characters.` };
  return null;
}

/** A place in a body that is refused; null when there is none. Without recursion: a body may be very deep. */
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
