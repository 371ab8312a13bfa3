import { readClaimToken, readSessionToken } from '@meeboter/chassis/tokens.ts';
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

/** 409: another runtime has this bot now, or it is over. */
export function fenced(): Problem {
  return new Problem(409, {
    code: 'fenced',
    detail: 'This runtime does not hold the bot any more: another one does, or the bot has ended. Leave.',
  });
}
