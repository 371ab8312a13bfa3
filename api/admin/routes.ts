// /v1/admin: questions of the operator about the whole installation.
import { createRoute, z } from '@hono/zod-openapi';
import { findViolations } from '@meeboter/prisma/sql/find-violations.ts';
import type { ApiContext } from '../context.ts';
import { json, problem, security, signedIn } from '../openapi.ts';
import { createRouter } from '../router.ts';
import { platformRoutes } from './platforms.ts';
import { slotRoutes } from './slots.ts';

const invariantsSchema = z
  .object({
    ok: z.boolean().openapi({ description: 'True when there is no violation.' }),
    violations: z.array(
      z.object({
        invariant: z.string().openapi({ example: 'I3' }),
        violation: z.string().openapi({ example: 'bot bot_01KAX… is QUEUED without a queue row' }),
      }),
    ),
    checked_at: z.iso.datetime(),
  })
  .openapi('Invariants');

const invariants = createRoute({
  method: 'get',
  path: '/v1/admin/invariants',
  tags: ['Admin'],
  summary: 'Check the invariants now',
  description:
    'Reads whole tables: call it now and then, not every second. docs/architecture.md describes the invariants, I1 to I9.',
  security,
  responses: {
    200: json(invariantsSchema, 'The violations; an empty list when there are none.'),
    ...signedIn,
    403: problem('Your account is not an admin.'),
  },
});

/** /v1/admin, behind `requireAdmin`. */
export function adminRoutes(context: ApiContext) {
  const { db, log } = context;
  const app = createRouter();
  app.openapi(invariants, async (c) => {
    const checkedAt = new Date().toISOString();
    const violations = await findViolations(db);
    if (violations.length > 0) log.error({ violations: violations.slice(0, 20) }, 'invariants do not hold');
    return c.json({ ok: violations.length === 0, violations, checked_at: checkedAt }, 200);
  });
  app.route('/', platformRoutes(context));
  app.route('/', slotRoutes(context));
  return app;
}
