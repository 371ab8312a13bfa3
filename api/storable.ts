// Text from a request that cannot go any further: PostgreSQL cannot store it, or nobody needs it
// to be so long. Refused for every URL, so that no library behind a route gets to see it.
import { isStorable } from '@meeboter/domain/text.ts';
import { createMiddleware } from 'hono/factory';
import type { ApiEnv } from './context.ts';
import { escapePointer, type FieldProblem, invalidField, Problem } from './problem.ts';

/** Longer than any single text in a URL, or in a body of /api/auth. */
const TEXT_MAX = 2_048;

/** What is wrong with a text; null when it may pass. */
export function wrongText(text: string): Omit<FieldProblem, 'pointer'> | null {
  if (!isStorable(text)) {
    return { code: 'not_storable', detail: 'The text has characters that cannot be stored.' };
  }
  if (text.length > TEXT_MAX) return { code: 'too_big', detail: `At most ${TEXT_MAX} characters.` };
  return null;
}

/** Refuses URLs with such text: 404 when it is in the path, 422 when it is in the query. */
export const refuseWrongUrl = createMiddleware<ApiEnv>(async (c, next) => {
  const { pathname, searchParams } = new URL(c.req.url);
  if (wrongText(decoded(pathname)) !== null) {
    throw new Problem(404, { code: 'not_found', detail: 'There is nothing at this path.' });
  }
  for (const [name, value] of searchParams) {
    const wrong = wrongText(name) ?? wrongText(value);
    if (wrong !== null) {
      throw invalidField({ pointer: `#/query/${escapePointer(name.slice(0, 100))}`, ...wrong });
    }
  }
  await next();
});

/** A path with its percent codes decoded. Codes that are not UTF-8 become NUL, which is refused. */
function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return '\0';
  }
}
