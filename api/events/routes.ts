// GET /v1/events: the account's event log, for a reader that keeps the number it has come to.
import { createRoute, z } from '@hono/zod-openapi';
import type { ApiContext } from '../context.ts';
import { json, problem, security, signedIn } from '../openapi.ts';
import { createRouter } from '../router.ts';
import { eventSchema, presentEvent } from './schemas.ts';

const read = createRoute({
  method: 'get',
  path: '/v1/events',
  tags: ['Events'],
  summary: 'Read the events of your account, in the order of their numbers',
  description:
    'Ask again with `after` set to the `last_seq` of the answer. No event appears later under a lower number.',
  security,
  request: {
    query: z.object({
      after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
  },
  responses: {
    200: json(
      z.object({
        data: z.array(eventSchema),
        last_seq: z
          .int()
          .openapi({ description: 'Number of the last event here; `after` when there is none.' }),
        has_more: z.boolean(),
      }),
      'Events after that number.',
    ),
    422: problem('The query makes no sense.'),
    ...signedIn,
  },
});

/** The route of the event log. Served by events_user_id_seq_key. */
export function eventRoutes({ db }: Pick<ApiContext, 'db'>) {
  const app = createRouter();
  app.openapi(read, async (c) => {
    const { after, limit } = c.req.valid('query');
    const rows = await db.event.findMany({
      where: { userId: c.get('userId'), seq: { gt: after } },
      orderBy: { seq: 'asc' },
      take: limit + 1,
    });
    const data = rows.slice(0, limit).map(presentEvent);
    return c.json({ data, last_seq: data.at(-1)?.seq ?? after, has_more: rows.length > limit }, 200);
  });
  return app;
}
