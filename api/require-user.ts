// Who asks, and whether they may.
import { defaultKeyHasher } from '@better-auth/api-key';
import type { Database } from '@meeboter/prisma/client.ts';
import { createMiddleware } from 'hono/factory';
import type { ApiContext, ApiEnv } from './context.ts';
import { Problem } from './problem.ts';

const NOTE_USE_EVERY_MS = 60_000;
const CHALLENGE = { 'www-authenticate': 'Bearer realm="meeboter"' };

/**
 * The account of whoever sent these headers, by a valid API key (`Authorization: Bearer` or
 * `X-API-Key`) or a session cookie. Throws 401 for everybody else.
 */
export async function signedInUser(context: ApiContext, headers: Headers): Promise<string> {
  const key = apiKeyOf(headers.get('authorization'), headers.get('x-api-key'));
  if (key !== null) {
    const known = await freshKey(context.db, key);
    if (known !== null) return known;
    const verified = await context.auth.api.verifyApiKey({ body: { key } });
    if (!verified.valid || !verified.key) {
      if (await isKnownKey(context.db, key)) throw notNow();
      throw new Problem(401, {
        code: 'invalid_api_key',
        detail: 'This API key is not valid: unknown, expired or switched off.',
        headers: CHALLENGE,
      });
    }
    return verified.key.referenceId;
  }
  const session = await context.auth.api.getSession({ headers }).catch((cause: unknown) => {
    throw notNow(cause);
  });
  if (!session) {
    throw new Problem(401, {
      code: 'not_signed_in',
      detail: 'Send an API key: Authorization: Bearer mbk_…',
      headers: CHALLENGE,
    });
  }
  return session.user.id;
}

/** Lets signed-in users pass, and notes who it is. Everybody else gets 401. */
export function requireUser(context: ApiContext) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    c.set('userId', await signedInUser(context, c.req.raw.headers));
    return next();
  });
}

/**
 * Lets admins pass. 401 for who is not signed in, 403 `admin_only` for everybody else. Behind
 * `requireUser` it takes that one's word for who it is.
 */
export function requireAdmin(context: ApiContext) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const known: string | undefined = c.get('userId');
    const userId = known ?? (await signedInUser(context, c.req.raw.headers));
    c.set('userId', userId);
    const user = await context.db.user.findUnique({ where: { id: userId }, select: { role: true } });
    if (user?.role !== 'admin') {
      throw new Problem(403, {
        code: 'admin_only',
        detail: 'This is for the admins of this installation only.',
      });
    }
    return next();
  });
}

const findKey = async (db: Database, key: string) =>
  db.apikey.findFirst({
    where: { key: await defaultKeyHasher(key), enabled: true },
    select: { referenceId: true, expiresAt: true, remaining: true, lastRequest: true },
  });

/**
 * The account of a good key that was verified a moment ago. The plugin writes two rows whenever it
 * verifies one, to note when it was last used: once a minute is often enough for that. Null: ask the plugin.
 */
async function freshKey(db: Database, key: string): Promise<string | null> {
  const row = await findKey(db, key);
  if (row === null || row.lastRequest === null || row.remaining !== null) return null;
  const now = Date.now();
  const isFresh = now - row.lastRequest.getTime() < NOTE_USE_EVERY_MS;
  const hasExpired = row.expiresAt !== null && row.expiresAt.getTime() <= now;
  return isFresh && !hasExpired ? row.referenceId : null;
}

/**
 * Whether a key that was refused is a good one: the plugin says "not valid" too when it could not ask
 * the database. Throws when the database is away now.
 */
async function isKnownKey(db: Database, key: string): Promise<boolean> {
  const row = await findKey(db, key);
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

function apiKeyOf(authorization: string | null, header: string | null): string | null {
  if (authorization !== null) {
    const [scheme, credentials] = authorization.split(' ', 2);
    // A wrong scheme is a wrong key, not no key: falling back to a cookie would hide the mistake.
    return scheme?.toLowerCase() === 'bearer' && credentials ? credentials.trim() : 'not-a-key';
  }
  return header;
}
