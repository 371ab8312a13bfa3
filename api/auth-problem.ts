// Turns better-auth's error answers into problem documents. Where an error comes from a
// wrong setting, the document names the setting, its value and the value that it needs.
import { publicUrl } from '@meeboter/chassis/env/address.ts';
import type { AuthSettings } from '@meeboter/chassis/env.ts';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import { Problem, titleOf } from './problem.ts';

const errorSchema = z.object({ code: z.string().optional(), message: z.string().optional() }).catch({});

interface Asked {
  headers: Headers;
  /** Address of the connection's other end. */
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
 * Sign-in is refused from a page whose origin is not API_PUBLIC_URL's: it could be another site's page.
 * Most often it is our own page, opened under an address that the setting does not name.
 */
function wrongAddress({ headers, settings }: Asked): string {
  const used = headers.get('origin') ?? 'another address';
  const kind = settings.API_PUBLIC_URL === undefined ? 'not set, which means' : 'set to';
  return [
    `Signing in does not work at ${used}, because the setting API_PUBLIC_URL is ${kind} ${publicUrl(settings)}.`,
    `If people are to use this server at ${used}, its operator has to set API_PUBLIC_URL=${used} and restart the API.`,
  ].join(' ');
}

/** Sign-in attempts are limited per client address. Behind a proxy that is not trusted, all visitors share its address. */
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
