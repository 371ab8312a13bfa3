import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';

/** A refusal that the caller can understand; becomes a problem answer. */
export class LabProblem extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: string;

  constructor(status: ContentfulStatusCode, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LabProblem';
    this.status = status;
    this.code = code;
  }
}

/** Parses with a schema; a mismatch is a 400 that names every wrong field. */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new LabProblem(400, 'invalid_request', z.prettifyError(result.error));
}

/** The request's JSON; no body counts as `{}`. */
export async function jsonBody(c: Context): Promise<unknown> {
  const text = await c.req.text();
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LabProblem(400, 'invalid_json', 'the body is not JSON', { cause });
  }
}

/** Turns any error into a problem answer (application/problem+json). */
export function problemAnswer(error: Error, c: Context): Response {
  const known = error instanceof LabProblem ? error : null;
  if (!known) console.error('lab: request failed', c.req.method, c.req.path, error);
  const status = known?.status ?? 500;
  const body = { status, code: known?.code ?? 'internal_error', detail: error.message };
  return c.json(body, status, { 'content-type': 'application/problem+json' });
}
