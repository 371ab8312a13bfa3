// Sends requests to the API of Coolify: one token, one limit of requests, every answer parsed.
import type { z } from 'zod';
import { type Clock, systemClock } from './clock.ts';
import { CoolifyFault, faultOf } from './fault.ts';
import { createLimiter, type Limiter } from './limiter.ts';

const REQUEST_MS = 15_000;
/** Below Coolify's 200, since people click in its dashboard with the same user. */
const REQUESTS_PER_MINUTE = 180;
/** A wait that Coolify asks for is waited for in the call when it is no longer than this. */
const SHORT_WAIT_MS = 5_000;
const PAUSE_WITHOUT_WORD_MS = 30_000;

export interface ClientOptions {
  baseUrl: string;
  token: string;
  requestsPerMinute?: number;
  requestMs?: number;
  clock?: Clock;
}

export interface Request<T> {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string>;
  body?: object;
  answer: z.ZodType<T>;
  signal: AbortSignal;
}

export interface Client {
  /** Throws CoolifyFault. When the outcome of a request is not known, the fault is transient. */
  send<T>(request: Request<T>): Promise<T>;
  readonly limiter: Limiter;
}

export function createClient(options: ClientOptions): Client {
  const { baseUrl, token, requestMs = REQUEST_MS, clock = systemClock } = options;
  const limiter = createLimiter(options.requestsPerMinute ?? REQUESTS_PER_MINUTE, clock);

  const once = async <T>({ method, path, query, body, answer, signal }: Request<T>): Promise<T> => {
    await limiter.acquire(signal);
    const call = `${method} ${path}`;
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${baseUrl}${path}${query ? `?${new URLSearchParams(query)}` : ''}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json',
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
        // A redirect would turn a POST into a GET, and might take the token elsewhere.
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(requestMs)]),
      });
      text = await response.text();
    } catch (cause) {
      throw new CoolifyFault('transient', `${call}: Coolify gave no answer`, { cause });
    }
    const json = parseJson(text);
    if (!response.ok) {
      const { status } = response;
      throw faultOf(call, { status, json, retryAfterMs: retryAfterMs(response) });
    }
    // `GET /version` answers plain text.
    const parsed = answer.safeParse(json ?? text);
    if (parsed.success) return parsed.data;
    // From a proxy, or from a Coolify in the middle of an update.
    throw new CoolifyFault(
      'transient',
      `${call}: the answer has an unknown format: ${parsed.error.message}`,
      {
        status: response.status,
      },
    );
  };

  return {
    limiter,
    async send(request) {
      try {
        return await once(request);
      } catch (error) {
        // 429 is answered before anything is done, so the request may be sent again.
        if (!(error instanceof CoolifyFault) || error.status !== 429 || error.kind === 'capacity')
          throw error;
        const waitMs = error.retryAfterMs ?? PAUSE_WITHOUT_WORD_MS;
        limiter.pause(waitMs);
        if (waitMs > SHORT_WAIT_MS) throw error;
        return once(request);
      }
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The seconds of `Retry-After`. Coolify never sends a date there. */
function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}
