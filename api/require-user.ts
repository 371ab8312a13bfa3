import { defaultKeyHasher } from '@better-auth/api-key';
import type { Database } from '@meeboter/prisma/client.ts';
import { createMiddleware } from 'hono/factory';
import type { ApiContext, ApiEnv } from './context.ts';
import { Problem } from './problem.ts';

const CHALLENGE = { 'www-authenticate': 'Bearer realm="meeboter"' };

/**
 * Lets a request pass that carries a valid API key (`Authorization: Bearer` or `X-API-Key`) or a
 * session cookie, and notes whose it is. Everybody else gets 401.
 */
export function requireUser(context: ApiContext) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const key = apiKeyOf(c.req.header('authorization'), c.req.header('x-api-key'));
    if (key !== null) {
      const verified = await context.auth.api.verifyApiKey({ body: { key } });
      if (!verified.valid || !verified.key) {
        if (await isKnownKey(context.db, key)) throw notNow();
        throw new Problem(401, {
          code: 'invalid_api_key',
          detail: 'This API key is not valid: unknown, expired or switched off.',
          headers: CHALLENGE,
        });
      }
      c.set('userId', verified.key.referenceId);
      return next();
    }
    const session = await context.auth.api
      .getSession({ headers: c.req.raw.headers })
      .catch((cause: unknown) => {
        throw notNow(cause);
      });
    if (!session) {
      throw new Problem(401, {
        code: 'not_signed_in',
        detail: 'Send an API key: Authorization: Bearer mbk_…',
        headers: CHALLENGE,
      });
    }
    c.set('userId', session.user.id);
    return next();
  });
}

/**
 * Whether a key that was refused is a good one: the plugin says "not valid" too when it could not ask
 * the database. Throws when the database is away now.
 */
async function isKnownKey(db: Database, key: string): Promise<boolean> {
  const row = await db.apikey.findFirst({ where: { key: await defaultKeyHasher(key), enabled: true } });
  return row !== null && (row.expiresAt === null || row.expiresAt > new Date());
}

function notNow(cause?: unknown): Problem {
  return new Problem(503, {
    code: 'not_available',
    detail: 'Who you are cannot be looked up now. Send the request again.',
    retryAfterSeconds: 1,
    cause,
  });
}

function apiKeyOf(authorization: string | undefined, header: string | undefined): string | null {
  if (authorization !== undefined) {
    const [scheme, credentials] = authorization.split(' ', 2);
    // A wrong scheme is a wrong key, not no key: falling back to a cookie would hide the mistake.
    return scheme?.toLowerCase() === 'bearer' && credentials ? credentials.trim() : 'not-a-key';
  }
  return header ?? null;
}
