// better-auth's errors as problem documents, and for those that are about how the
// API is set up, which setting it is.
import { publicUrl } from '@meeboter/chassis/env/address.ts';
import type { AuthSettings } from '@meeboter/chassis/env.ts';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import { Problem, titleOf } from './problem.ts';

const errorSchema = z.object({ code: z.string().optional(), message: z.string().optional() }).catch({});

interface Asked {
  headers: Headers;
  /** Who connects. */
  address: string | undefined;
  settings: AuthSettings;
}

/** The problem behind an error answer of better-auth. */
export async function authProblem(answer: Response, asked: Asked): Promise<Problem> {
  const text = await answer.text();
  const { code, message } = errorSchema.parse(jsonOf(text));
  const status = answer.status as ContentfulStatusCode;
  const title = titleOf(status);
  const retryAfter = Number(answer.headers.get('x-retry-after'));
  return new Problem(status, {
    code: (code ?? title).toLowerCase().replaceAll(' ', '_'),
    detail: explain(status, code, asked) ?? message ?? `${title}.`,
    ...(retryAfter > 0 ? { retryAfterSeconds: retryAfter } : {}),
    cause: new Error(`better-auth: ${text.slice(0, 500) || 'no reason given'}`),
  });
}

function explain(status: number, code: string | undefined, asked: Asked): string | null {
  if (code === 'INVALID_ORIGIN') return wrongAddress(asked);
  if (status === 429) return tooManyTries(asked);
  return null;
}

/**
 * A sign-in from a page under another address than API_PUBLIC_URL is refused, since it may be somebody
 * else's page. Most often it is this API under an address that nobody has set.
 */
function wrongAddress({ headers, settings }: Asked): string {
  const used = headers.get('origin') ?? 'another address';
  const kind = settings.API_PUBLIC_URL === undefined ? 'not set, which means' : 'set to';
  return [
    `Signing in does not work at ${used}, because the setting API_PUBLIC_URL is ${kind} ${publicUrl(settings)}.`,
    `If people are to use this server at ${used}, its operator has to set API_PUBLIC_URL=${used} and restart the API.`,
  ].join(' ');
}

/** Tries are counted by address. All visitors who come through a proxy that is not trusted share the proxy's. */
function tooManyTries({ headers, address, settings }: Asked): string {
  const wait = 'Too many tries. Wait a moment, then try again.';
  if (settings.TRUSTED_PROXIES.length > 0 || !headers.has('x-forwarded-for')) return wait;
  return [
    `${wait} All visitors count as one here, if ${address} is a proxy before this API: the setting TRUSTED_PROXIES is empty.`,
    `Its operator has to set TRUSTED_PROXIES=${address} then, and restart the API.`,
  ].join(' ');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
