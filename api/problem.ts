// The one shape of every error response: problem+json, RFC 9457. Nothing else in the API
// writes one.
import { randomUUID } from 'node:crypto';
import { BookingError, type BookingErrorKind } from '@meeboter/booking/booking-error.ts';
import { isServerAway } from '@meeboter/domain/server-away.ts';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { z } from 'zod';
import type { ApiEnv } from './context.ts';

export interface FieldProblem {
  /** JSON Pointer (RFC 6901) into the body, or `#/query/name`, `#/path/name`. */
  pointer: string;
  code: string;
  detail: string;
}

export interface ProblemOptions {
  /** snake_case and stable: clients decide by it. */
  code: string;
  detail: string;
  errors?: FieldProblem[];
  retryAfterSeconds?: number;
  headers?: Record<string, string>;
  cause?: unknown;
}

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Invalid request',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available',
};

export function titleOf(status: number): string {
  return TITLES[status] ?? 'Error';
}

/** An error whose text is meant for the client. */
export class Problem extends Error {
  readonly status: ContentfulStatusCode;
  readonly options: ProblemOptions;

  constructor(status: ContentfulStatusCode, options: ProblemOptions) {
    super(options.detail, { cause: options.cause });
    this.name = 'Problem';
    this.status = status;
    this.options = options;
  }
}

/** At most this many errors are listed in one response. */
const ERRORS_MAX = 50;

export const notFound = (what: string) =>
  new Problem(404, { code: 'not_found', detail: `There is no such ${what}.` });

/** A 422 about one field. */
export function invalidField(error: FieldProblem): Problem {
  return new Problem(422, {
    code: 'invalid_request',
    detail: `${error.pointer || 'The body'}: ${error.detail}`,
    errors: [error],
  });
}

/** Turns zod issues into a 422 with a JSON Pointer for each, up to `ERRORS_MAX`. */
export function invalid(
  issues: readonly z.core.$ZodIssue[],
  place: 'body' | 'query' | 'path' | 'header',
): Problem {
  const base = place === 'body' ? '' : `#/${place}`;
  const all = issues.slice(0, ERRORS_MAX).flatMap((issue): FieldProblem[] => {
    const pointer = `${base}${issue.path.map((part) => `/${escapePointer(String(part))}`).join('')}`;
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        pointer: `${pointer}/${escapePointer(key)}`,
        code: 'unknown_field',
        detail: 'There is no such field.',
      }));
    }
    const params = issue.code === 'custom' ? (issue.params as { code?: string } | undefined) : undefined;
    return [{ pointer, code: params?.code ?? issue.code, detail: issue.message }];
  });
  const errors = all.slice(0, ERRORS_MAX);
  const first = errors[0];
  return new Problem(422, {
    code: 'invalid_request',
    detail: first ? `${first.pointer || 'The body'}: ${first.detail}` : 'The request is not valid.',
    errors,
  });
}

/** Escapes a key for use in a JSON Pointer. */
export function escapePointer(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The response for any error. An error that is not meant for the client becomes a 500 with nothing but the request's id. */
export function answerProblem(c: Context<ApiEnv>, error: unknown): Response {
  const { status, body, headers } = documentOf(error, {
    instance: c.req.path,
    requestId: c.get('requestId'),
  });
  return c.body(body, status, headers);
}

/** The same for a request that did not reach the app. */
export function problemAnswer(error: unknown): Response {
  const { status, body, headers } = documentOf(error, { instance: '/', requestId: randomUUID() });
  return new Response(body, { status, headers });
}

function documentOf(error: unknown, { instance, requestId }: { instance: string; requestId: string }) {
  const problem = toProblem(error);
  const { code, detail, errors, retryAfterSeconds, headers } = problem.options;
  const document = {
    // A URN, not a URL: we have no page that is certain to exist for ever.
    type: `urn:meeboter:problem:${code}`,
    title: titleOf(problem.status),
    status: problem.status,
    detail,
    instance,
    code,
    request_id: requestId,
    retryable: problem.status === 429 || problem.status >= 500,
    ...(errors === undefined ? {} : { errors }),
    ...(retryAfterSeconds === undefined ? {} : { retry_after_seconds: retryAfterSeconds }),
  };
  return {
    status: problem.status,
    body: JSON.stringify(document),
    headers: {
      'content-type': 'application/problem+json',
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
      ...headers,
    },
  };
}

const BOOKING_STATUSES: Record<BookingErrorKind, ContentfulStatusCode> = {
  not_found: 404,
  invalid: 422,
  conflict: 409,
  limit_reached: 403,
};

/** Translates an error of the booking room. */
function bookingProblem({ kind, code, message: detail, field, cause }: BookingError): Problem {
  const status = BOOKING_STATUSES[kind];
  if (field === undefined) return new Problem(status, { code, detail, cause });
  return invalidField({ pointer: `/${escapePointer(field)}`, code, detail });
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof BookingError) return bookingProblem(error);
  if (error instanceof HTTPException) {
    if (error.status === 400) {
      return new Problem(400, {
        code: 'malformed_json',
        detail: 'The body is not valid JSON.',
        cause: error,
      });
    }
    return new Problem(error.status as ContentfulStatusCode, {
      code: titleOf(error.status).toLowerCase().replaceAll(' ', '_'),
      detail: error.message || `${titleOf(error.status)}.`,
      cause: error,
    });
  }
  if (isServerAway(error)) {
    return new Problem(503, {
      code: 'not_available',
      detail: 'A server that this request needs cannot be reached now. Send the request again.',
      retryAfterSeconds: 1,
      cause: error,
    });
  }
  return new Problem(500, {
    code: 'internal_error',
    detail: 'Something went wrong on our side. The log has the details under the request id.',
    cause: error,
  });
}
