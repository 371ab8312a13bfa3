import { readClaimToken, readSessionToken, readSlotToken } from '@meeboter/chassis/tokens.ts';
import { ASSIGNMENT_PATH, CLAIM_PATH } from '@meeboter/domain/bot-protocol.ts';
import type { Db } from '@meeboter/prisma/client.ts';
import { createMiddleware } from 'hono/factory';
import type { ApiEnv } from '../context.ts';
import { Problem } from '../problem.ts';

/** Reads the bearer token of a request. Throws 401 when there is none. */
function bearerToken(authorization: string | undefined): string {
  const token = authorization?.match(/^Bearer (\S+)$/i)?.[1];
  if (token === undefined) {
    throw new Problem(401, { code: 'no_token', detail: 'Send the runtime token: Authorization: Bearer …' });
  }
  return token;
}

/** Reads the deployment from a claim token. Throws 401 when we did not sign the token. */
export function requireClaimant(secret: string, authorization: string | undefined): string {
  const deploymentId = readClaimToken(secret, bearerToken(authorization));
  if (deploymentId === null) {
    throw new Problem(401, { code: 'invalid_token', detail: 'This is not a valid claim token.' });
  }
  return deploymentId;
}

/** Reads the slot from a slot token. Throws 401 when we did not sign the token. */
export function requireSlot(secret: string, authorization: string | undefined): string {
  const slotId = readSlotToken(secret, bearerToken(authorization));
  if (slotId === null) {
    throw new Problem(401, { code: 'invalid_token', detail: 'This is not a valid slot token.' });
  }
  return slotId;
}

/** Reads the deployment and the runtime from a session token. Throws 401 when we did not sign the token. */
export function requireRuntime(secret: string, authorization: string | undefined) {
  const runtime = readSessionToken(secret, bearerToken(authorization));
  if (!runtime)
    throw new Problem(401, { code: 'invalid_token', detail: 'This is not a valid session token.' });
  return runtime;
}

/** What a path takes instead of a session token. */
const REQUIRED: Readonly<Record<string, typeof requireSlot>> = {
  [ASSIGNMENT_PATH]: requireSlot,
  [CLAIM_PATH]: requireClaimant,
};

/**
 * Middleware for /runtime: lets requests pass whose token we signed, and throws 401 for all others. It runs
 * before the body is read, so that requests without a token cost almost nothing.
 */
export function requireRuntimeToken(secret: string) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const require = REQUIRED[c.req.path] ?? requireRuntime;
    require(secret, c.req.header('authorization'));
    await next();
  });
}

/**
 * Throws the right refusal for a runtime that does not own its bot: 409 `fenced`, upon which it leaves; but 503 when
 * there is no row of its deployment at all. The database was restored from a backup then, or is the wrong one, and a
 * live call must not end for that: the runtime tries again until its lease is over.
 */
export async function refuseRuntime(db: Db, deploymentId: string): Promise<never> {
  if (await db.deployment.findUnique({ where: { id: deploymentId }, select: { id: true } })) throw fenced();
  throw new Problem(503, {
    code: 'deployment_unknown',
    detail: 'This database has no row of the deployment. Send the request again.',
    retryAfterSeconds: 5,
  });
}

/** The answer to a runtime that is fenced off: 409, another runtime has this bot, or the bot has ended. */
export function fenced(): Problem {
  return new Problem(409, {
    code: 'fenced',
    detail: 'This runtime no longer owns the bot: another runtime does, or the bot has ended. Leave.',
  });
}
