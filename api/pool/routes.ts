// /v1/pool: how many bots run, and how many can.
import { createRoute, z } from '@hono/zod-openapi';
import { botLimit } from '@meeboter/chassis/env/pool.ts';
import { viewPlatforms } from '@meeboter/prisma/sql/platform-view.ts';
import type { ApiContext } from '../context.ts';
import { json, security, signedIn } from '../openapi.ts';
import { createRouter } from '../router.ts';

const poolSchema = z
  .object({
    total: z.int().openapi({ description: 'Slots that exist. They are made when they are needed.' }),
    idle: z.int(),
    deploying: z.int(),
    busy: z.int(),
    error: z
      .int()
      .openapi({ description: 'Slots that are out of use until their platform confirms a stop.' }),
    max_size: z.int().openapi({ description: 'How many bots may run at once, on all platforms together.' }),
  })
  .openapi('Pool');

const pool = createRoute({
  method: 'get',
  path: '/v1/pool',
  tags: ['Pool'],
  summary: 'How many bots run, and how many can',
  security,
  responses: { 200: json(poolSchema, 'The slots of all deployment platforms together.'), ...signedIn },
});

export function poolRoutes({ db, settings }: ApiContext) {
  const app = createRouter();
  app.openapi(pool, async (c) => {
    const platforms = await viewPlatforms(db, settings.PLATFORM_PRIORITY);
    const sum = (of: (platform: (typeof platforms)[number]) => number) =>
      platforms.reduce((total, platform) => total + of(platform), 0);
    const counts = {
      idle: sum(({ idle }) => idle),
      deploying: sum(({ deploying }) => deploying),
      busy: sum(({ busy }) => busy),
      error: sum(({ error }) => error),
    };
    return c.json(
      {
        total: counts.idle + counts.deploying + counts.busy + counts.error,
        ...counts,
        max_size: sum((it) => botLimit(settings, it.deployment_platform, it)),
      },
      200,
    );
  });
  return app;
}
