import { readClaimToken, readSessionToken } from '@meeboter/chassis/tokens.ts';
import { CLAIM_PATH } from '@meeboter/domain/bot-protocol.ts';
import { createMiddleware } from 'hono/factory';
import type { ApiEnv } from '../context.ts';
import { Problem } from '../problem.ts';

/** The bearer token of a request. Throws 401. */
function bearerToken(authorization: string | undefined): string {
  const token = authorization?.match(/^Bearer (\S+)$/i)?.[1];
  if (token === undefined) {
    throw new Problem(401, { code: 'no_token', detail: 'Send the runtime token: Authorization: Bearer …' });
  }
  return token;
}

/** The deployment that a claim token was made for. Throws 401. */
export function requireClaimant(secret: string, authorization: string | undefined): string {
  const deploymentId = readClaimToken(secret, bearerToken(authorization));
  if (deploymentId === null) {
    throw new Problem(401, { code: 'invalid_token', detail: 'This is no claim token of ours.' });
  }
  return deploymentId;
}

/** Deployment and runtime behind a session token. Throws 401. */
export function requireRuntime(secret: string, authorization: string | undefined) {
  const runtime = readSessionToken(secret, bearerToken(authorization));
  if (!runtime)
    throw new Problem(401, { code: 'invalid_token', detail: 'This is no session token of ours.' });
  return runtime;
}

/**
 * Lets requests with a token that we signed pass, for /runtime and before anything is read of the body:
 * whoever has none should cost next to nothing. Throws 401 for everybody else.
 */
export function requireRuntimeToken(secret: string) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const require = c.req.path === CLAIM_PATH ? requireClaimant : requireRuntime;
    require(secret, c.req.header('authorization'));
    await next();
  });
}

/** 409: another runtime has this bot now, or it is over. */
export function fenced(): Problem {
  return new Problem(409, {
    code: 'fenced',
    detail: 'This runtime does not hold the bot any more: another one does, or the bot has ended. Leave.',
  });
}
