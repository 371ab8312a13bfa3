// Authentication and the check for admins.
import { defaultKeyHasher } from '@better-auth/api-key';
import type { Database } from '@meeboter/prisma/client.ts';
import { createMiddleware } from 'hono/factory';
import type { ApiContext, ApiEnv } from './context.ts';
import { Problem } from './problem.ts';

const NOTE_USE_EVERY_MS = 60_000;
const CHALLENGE = { 'www-authenticate': 'Bearer realm="meeboter"' };

/**
 * The account that sent these headers, identified by a valid API key (`Authorization: Bearer` or
 * `X-API-Key`) or a session cookie. Throws 401 when there is neither, 503 when the database is away.
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
        detail: 'This API key is not valid: it is unknown, expired or disabled.',
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

/** Lets requests of signed-in users pass and sets `userId`. All others get 401. */
export function requireUser(context: ApiContext) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    c.set('userId', await signedInUser(context, c.req.raw.headers));
    return next();
  });
}

/**
 * Lets requests of admins pass. 401 for clients that are not signed in, 403 `admin_only` for other
 * accounts. After `requireUser` it uses the account that was found there.
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
 * The account of a valid key that was verified within the last minute; null when the plugin has to verify
 * it. The plugin writes two rows each time, to record the last use: once a minute is enough.
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
 * Whether a key that the plugin refused is valid after all: the plugin also refuses a key when it cannot
 * reach the database. Throws when the database is away now.
 */
async function isKnownKey(db: Database, key: string): Promise<boolean> {
  const row = await findKey(db, key);
  return row !== null && (row.expiresAt === null || row.expiresAt > new Date());
}

function notNow(cause?: unknown): Problem {
  return new Problem(503, {
    code: 'not_available',
    detail: 'Your key or session cannot be checked at the moment. Send the request again.',
    retryAfterSeconds: 1,
    cause,
  });
}

function apiKeyOf(authorization: string | null, header: string | null): string | null {
  if (authorization !== null) {
    const [scheme, credentials] = authorization.split(' ', 2);
    // Another scheme counts as a wrong key: falling back to a cookie would hide the mistake.
    return scheme?.toLowerCase() === 'bearer' && credentials ? credentials.trim() : 'not-a-key';
  }
  return header;
}
