// /v1/admin/platforms: the deployment platforms as the operator sees them.
import { createRoute, z } from '@hono/zod-openapi';
import { botLimit, type DeploymentPlatform, launchRate, PLATFORM_NAMES } from '@meeboter/chassis/env/pool.ts';
import { serves } from '@meeboter/chassis/served.ts';
import { MEETING_PLATFORMS } from '@meeboter/domain/meeting-links/link.ts';
import { leftOverPlatforms } from '@meeboter/prisma/sql/left-over-platforms.ts';
import { drainPlatform } from '@meeboter/prisma/sql/platform-faults.ts';
import { type PlatformView, viewPlatforms } from '@meeboter/prisma/sql/platform-view.ts';
import { requestDispatch } from '@meeboter/scheduler/inbox.ts';
import type { ApiContext } from '../context.ts';
import { iso } from '../iso.ts';
import { json, problem, security, signedIn } from '../openapi.ts';
import { notFound } from '../problem.ts';
import { createRouter } from '../router.ts';

const time = z.iso.datetime();
const platformSchema = z
  .object({
    name: z.string().openapi({ example: 'aws' }),
    priority: z.int().nullable().openapi({
      description:
        '1 is tried first. null: PLATFORM_PRIORITY does not name it, but slots of it are in use; nobody stops the bots that run there.',
    }),
    limit: z.int().openapi({ description: 'How many bots may run there at once.' }),
    in_use: z.int(),
    meeting_platforms: z.array(z.enum(MEETING_PLATFORMS)).openapi({
      description: 'The meeting platforms that it runs bots for.',
    }),
    slots: z.object({ idle: z.int(), deploying: z.int(), busy: z.int(), error: z.int() }),
    drained_at: time.nullable().openapi({
      description: 'Since when it gets no more bots, because an admin has drained it.',
    }),
    full_until: time.nullable().openapi({ description: 'It said that it is full, and is asked again then.' }),
    breaker: z.object({
      state: z.enum(['closed', 'open', 'half_open']).openapi({
        description: 'open: it has failed too often and gets no bots. half_open: it is tried with one bot.',
      }),
      failures: z.int().openapi({ description: 'Faults in a row.' }),
      until: time.nullable(),
    }),
    last_fault: z.object({ kind: z.string(), message: z.string(), at: time }).nullable().openapi({
      description: "The last fault, in the platform's own words.",
    }),
    launch_ms: z.object({ p50: z.int().nullable(), p95: z.int().nullable(), launches: z.int() }).openapi({
      description: 'From the slot to the call of the runtime, of the latest launches.',
    }),
    lead_ms: z
      .int()
      .nullable()
      .openapi({ description: 'How long before their join time bots start; null until it is measured.' }),
    launch_rate: z.object({ burst: z.int(), per_second: z.number() }),
  })
  .openapi('DeploymentPlatform');
const name = z.object({ name: z.string() });
const adminOnly = { ...signedIn, 403: problem('Your account is not an admin.') };

const list = createRoute({
  method: 'get',
  path: '/v1/admin/platforms',
  tags: ['Admin'],
  summary: 'The deployment platforms: capacity, use, breaker, last fault, launches',
  security,
  responses: {
    200: json(
      z.object({ data: z.array(platformSchema) }),
      'In the order in which they are tried; then those that are not named any more and still have slots in use.',
    ),
    ...adminOnly,
  },
});
const change = (verb: 'drain' | 'resume', summary: string) =>
  createRoute({
    method: 'post',
    path: `/v1/admin/platforms/{name}/${verb}`,
    tags: ['Admin'],
    summary,
    security,
    request: { params: name },
    responses: {
      200: json(platformSchema, 'The platform as it is now.'),
      ...adminOnly,
      404: problem('No platform of this name is in use.'),
    },
  });
const drain = change('drain', 'Give a platform no more bots; those that run there stay');
const resume = change('resume', 'Take a drained platform back into use');

export function platformRoutes({ db, jobs, log, settings }: ApiContext) {
  const app = createRouter();
  const names = settings.PLATFORM_PRIORITY;
  const present = (it: PlatformView<DeploymentPlatform>) => {
    const platform = it.deployment_platform;
    const rate = launchRate(settings, platform);
    const at = names.indexOf(platform);
    return {
      name: platform,
      priority: at === -1 ? null : at + 1,
      limit: botLimit(settings, platform, it),
      in_use: it.deploying + it.busy,
      meeting_platforms: MEETING_PLATFORMS.filter((meeting) => serves(it, meeting)),
      slots: { idle: it.idle, deploying: it.deploying, busy: it.busy, error: it.error },
      drained_at: iso(it.drained_at),
      full_until: iso(future(it.full_until)),
      breaker: {
        state: it.out_until === null ? 'closed' : future(it.out_until) ? 'open' : 'half_open',
        failures: it.failures,
        until: iso(future(it.out_until)),
      } as const,
      last_fault: it.last_fault_at && {
        kind: it.last_fault_kind ?? '',
        message: it.last_fault ?? '',
        at: it.last_fault_at.toISOString(),
      },
      launch_ms: { p50: whole(it.launch_p50_ms), p95: whole(it.launch_p95_ms), launches: it.launches },
      lead_ms: it.lead_ms,
      launch_rate: { burst: rate.burst, per_second: rate.perSecond },
    };
  };
  const set = async (given: string, drained: boolean, userId: string) => {
    const platform = names.find((it) => it === given);
    if (!platform) throw notFound('platform');
    await drainPlatform(db, platform, drained);
    log.warn({ platform, user_id: userId }, drained ? 'platform drained' : 'platform taken back into use');
    if (!drained) await requestDispatch(jobs);
    const [now] = await viewPlatforms(db, [platform]);
    if (!now) throw notFound('platform');
    return present(now);
  };

  app.openapi(list, async (c) => {
    const left = (await leftOverPlatforms(db, names)).map((it) => it.deployment_platform);
    const known = PLATFORM_NAMES.filter((it) => left.includes(it));
    return c.json({ data: (await viewPlatforms(db, [...names, ...known])).map(present) }, 200);
  });
  app.openapi(drain, async (c) => c.json(await set(c.req.valid('param').name, true, c.get('userId')), 200));
  app.openapi(resume, async (c) => c.json(await set(c.req.valid('param').name, false, c.get('userId')), 200));
  return app;
}

const future = (date: Date | null) => (date && date.getTime() > Date.now() ? date : null);
const whole = (ms: number | null) => (ms === null ? null : Math.round(ms));
