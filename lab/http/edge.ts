// What the lab takes from whom. It listens on the machine of a person who also opens
// other websites: their pages can send requests to it, with a name of theirs that leads
// here, or across origins, and must neither make meetings nor act in them.
import { isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { LabProblem } from './problem.ts';

/** A WebRTC offer with many tracks has some 30 kB. */
const LONGEST_BODY_BYTES = 256 * 1024;

/**
 * Refuses requests under a name that is not the lab's: a website can have its own name lead to this address
 * (DNS rebinding), and its page then counts as one of the lab's. Addresses and `localhost` lead nowhere else.
 */
export function onlyUnder(names: readonly string[]): MiddlewareHandler {
  const known = new Set(names.map((name) => name.toLowerCase()));
  return async (c, next) => {
    const name = hostName(c.req.header('host') ?? '');
    const isOurs = isIP(name) > 0 || name === 'localhost' || name.endsWith('.localhost') || known.has(name);
    if (!isOurs)
      throw new LabProblem(
        421,
        'unknown_host',
        `the lab is not known as ${name || 'nobody'}; see HOSTS in lab/main.ts`,
      );
    await next();
  };
}

/**
 * Refuses what the page of another site sends. A browser says where a request comes from, in Sec-Fetch-Site
 * and, with everything but plain reading, in Origin; programs such as curl say nothing, and pass.
 */
export const onlySameOrigin: MiddlewareHandler = async (c, next) => {
  const site = c.req.header('sec-fetch-site') ?? 'none';
  const origin = c.req.header('origin');
  const isOwn = origin === undefined || hostOf(origin) === c.req.header('host')?.toLowerCase();
  if (!isOwn || (site !== 'same-origin' && site !== 'none')) {
    throw new LabProblem(403, 'other_origin', 'requests from pages of other origins are refused');
  }
  await next();
};

/** The same for what changes something; reading a page that another one links to is no harm. */
export const changesOnlySameOrigin: MiddlewareHandler = (c, next) =>
  ['GET', 'HEAD'].includes(c.req.method) ? next() : onlySameOrigin(c, next);

export const limitedBody: MiddlewareHandler = bodyLimit({
  maxSize: LONGEST_BODY_BYTES,
  onError: () => {
    throw new LabProblem(413, 'too_large', `a body has ${LONGEST_BODY_BYTES} bytes at most`);
  },
});

/** The host of an origin, as a Host header has it; empty for `null` and whatever else is none. */
function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : '';
}

/** The name in a Host header, without brackets and port; empty when it has none. */
function hostName(host: string): string {
  return (/^\[([^\]]*)\](:\d+)?$/.exec(host)?.[1] ?? /^([^:]*)(:\d+)?$/.exec(host)?.[1] ?? '').toLowerCase();
}
