// /v1/admin/slots: the slots of all deployment platforms, for the operator.
import { createRoute, z } from '@hono/zod-openapi';
import type { ApiContext } from '../context.ts';
import { decodeCursor, pageFrom } from '../cursor.ts';
import { iso } from '../iso.ts';
import { json, linkNextPage, pageOf, pageQuerySchema, problem, security, signedIn } from '../openapi.ts';
import { createRouter } from '../router.ts';

const time = z.iso.datetime();
const STATES = ['idle', 'deploying', 'busy', 'error'] as const;
const slotSchema = z
  .object({
    id: z.string(),
    platform: z.string(),
    number: z.int(),
    state: z.enum(STATES),
    bot_id: z.string().nullable(),
    application: z
      .string()
      .nullable()
      .openapi({ description: "Pool platforms: the platform's own id of the slot's application." }),
    draining_since: time
      .nullable()
      .openapi({ description: 'Its runtime has to stop, and the platform has not confirmed it yet.' }),
    lease_expires_at: time.nullable(),
    last_used_at: time.nullable(),
    error: z.string().nullable().openapi({ description: 'Why it is out of use.' }),
    recovery_attempts: z.int(),
    recover_at: time.nullable(),
  })
  .openapi('Slot');

const list = createRoute({
  method: 'get',
  path: '/v1/admin/slots',
  tags: ['Admin'],
  summary: 'The slots of all deployment platforms',
  security,
  request: {
    query: pageQuerySchema.extend({
      platform: z.string().max(50).optional(),
      state: z.enum(STATES).optional(),
    }),
  },
  responses: {
    200: json(pageOf(slotSchema), 'By platform and number.'),
    ...signedIn,
    403: problem('Your account is not an admin.'),
    422: problem('A parameter is not valid.'),
  },
});

const placeSchema = z.object({ platform: z.string(), number: z.int() });

export function slotRoutes({ db }: ApiContext) {
  const app = createRouter();
  app.openapi(list, async (c) => {
    const query = c.req.valid('query');
    const after = query.cursor === undefined ? null : decodeCursor(placeSchema, query.cursor);
    const rows = await db.botPoolSlot.findMany({
      where: {
        ...(query.platform !== undefined && { deploymentPlatform: query.platform }),
        ...(query.state !== undefined && { state: query.state }),
        ...(after && {
          OR: [
            { deploymentPlatform: { gt: after.platform } },
            { deploymentPlatform: after.platform, number: { gt: after.number } },
          ],
        }),
      },
      orderBy: [{ deploymentPlatform: 'asc' }, { number: 'asc' }],
      take: query.limit + 1,
    });
    const page = pageFrom(rows, query, {
      item: (slot) => ({
        id: slot.id,
        platform: slot.deploymentPlatform,
        number: slot.number,
        state: slot.state,
        bot_id: slot.botId,
        application: slot.application,
        draining_since: iso(slot.drainingAt),
        lease_expires_at: iso(slot.leaseExpiresAt),
        last_used_at: iso(slot.lastUsedAt),
        error: slot.error,
        recovery_attempts: slot.recoveryAttempts,
        recover_at: iso(slot.recoverAt),
      }),
      place: (slot) => ({ platform: slot.deploymentPlatform, number: slot.number }),
    });
    linkNextPage(c, page);
    return c.json(page, 200);
  });
  return app;
}
