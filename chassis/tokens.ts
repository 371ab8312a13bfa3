// The tokens of runtimes. They are computed with HMAC from the secret and not stored: a
// deployer that starts the same deployment again passes the same claim token, and a dump of
// the database holds no token.
import { createHmac, timingSafeEqual } from 'node:crypto';

function sign(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('base64url');
}

function equal(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The one-time token with which a runtime claims a deployment. */
export function claimToken(secret: string, deploymentId: string): string {
  return `mbc.${deploymentId}.${sign(secret, `claim:${deploymentId}`)}`;
}

/** The deployment that a claim token was made for; null when the signature is wrong. */
export function readClaimToken(secret: string, token: string): string | null {
  const [kind, deploymentId, signature, ...rest] = token.split('.');
  if (kind !== 'mbc' || !deploymentId || !signature || rest.length > 0) return null;
  return equal(signature, sign(secret, `claim:${deploymentId}`)) ? deploymentId : null;
}

/** The token of the runtime that won the claim. */
export function sessionToken(secret: string, deploymentId: string, runtimeId: string): string {
  const runtime = Buffer.from(runtimeId).toString('base64url');
  return `mbs.${deploymentId}.${runtime}.${sign(secret, `session:${deploymentId}:${runtime}`)}`;
}

/** The deployment and runtime that a session token was made for; null when the signature is wrong. */
export function readSessionToken(
  secret: string,
  token: string,
): { deploymentId: string; runtimeId: string } | null {
  const [kind, deploymentId, runtime, signature, ...rest] = token.split('.');
  if (kind !== 'mbs' || !deploymentId || !runtime || !signature || rest.length > 0) return null;
  if (!equal(signature, sign(secret, `session:${deploymentId}:${runtime}`))) return null;
  return { deploymentId, runtimeId: Buffer.from(runtime, 'base64url').toString() };
}

/**
 * The token of a slot's container on a pool platform, whose environment stays the same from bot to bot. Its holder
 * can ask for the current assignment of this slot, and nothing else.
 */
export function slotToken(secret: string, slotId: string): string {
  return `mba.${slotId}.${sign(secret, `assignment:${slotId}`)}`;
}

/** The slot that a slot token was made for; null when the signature is wrong. */
export function readSlotToken(secret: string, token: string): string | null {
  const [kind, slotId, signature, ...rest] = token.split('.');
  if (kind !== 'mba' || !slotId || !signature || rest.length > 0) return null;
  return equal(signature, sign(secret, `assignment:${slotId}`)) ? slotId : null;
}
