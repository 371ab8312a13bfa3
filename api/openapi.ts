// The building blocks of the OpenAPI document: the errors, the pages of lists, and the
// description of the API as a whole.
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string(),
    request_id: z.string(),
    retryable: z.boolean(),
    errors: z.array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() })).optional(),
    retry_after_seconds: z.int().optional(),
  })
  .openapi('Problem');

/** The document's description of the API. `url`: where users reach it. */
export const aboutApi = (url: string) => ({
  openapi: '3.1.0',
  info: {
    title: 'Meeboter',
    version: '1',
    description:
      'Send bots into video meetings. They join, record, and report what happens. Errors are problem+json (RFC 9457); times are RFC 3339 in UTC.',
    license: { name: 'MIT' },
  },
  servers: [{ url }],
  tags: [
    { name: 'Bots', description: 'A bot is one booking: it joins one meeting once.' },
    { name: 'Meetings', description: 'What a pasted text says about meetings.' },
    { name: 'Events', description: 'One log of what happens in your account.' },
    { name: 'Pool', description: 'How many bots run, and how many can.' },
    { name: 'Admin', description: 'For the admins of the installation.' },
  ],
});

/** An answer with a JSON body. */
export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** An error answer. */
export const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
});

/** For routes that need an API key. */
export const security = [{ apiKey: [] }];
export const signedIn = { 401: problem('No valid API key.') };

/** One page of a list. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), next_cursor: z.string().nullable(), has_more: z.boolean() });

export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
});

/** Adds the `Link` header to the next page, where there is one. */
export function linkNextPage(c: Context, page: { next_cursor: string | null }): void {
  if (page.next_cursor === null) return;
  const next = new URL(c.req.url);
  next.searchParams.set('cursor', page.next_cursor);
  c.header('link', `<${next.pathname}${next.search}>; rel="next"`);
}
