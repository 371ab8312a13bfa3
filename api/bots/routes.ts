// /v1/bots: the routes and their OpenAPI descriptions. The work is done in booking/ and
// read-bots.ts.
import { createRoute, z } from '@hono/zod-openapi';
import { bookBot, type IdempotencyKey } from '@meeboter/booking/book.ts';
import { cancelBot } from '@meeboter/booking/cancel.ts';
import { meetingLinkOf } from '@meeboter/booking/checks.ts';
import { editBot } from '@meeboter/booking/edit.ts';
import type { ApiContext } from '../context.ts';
import { eventSchema } from '../events/schemas.ts';
import { json, linkNextPage, pageOf, pageQuerySchema, problem, security, signedIn } from '../openapi.ts';
import { Problem } from '../problem.ts';
import { createRouter } from '../router.ts';
import {
  findBot,
  listBots,
  listDeployments,
  listEvents,
  listRecordings,
  listScreenshots,
  pageOfParticipants,
  viewBot,
} from './read-bots.ts';
import {
  bookedBotSchema,
  botSchema,
  createBotSchema,
  deploymentSchema,
  participantSchema,
  recordingSchema,
  screenshotSchema,
  updateBotSchema,
} from './schemas.ts';

const path = z.object({
  id: z.string().openapi({ param: { name: 'id', in: 'path' }, example: 'bot_01KAX…' }),
});
const ofOneBot = { ...signedIn, 404: problem('No such bot in your account.') };

const create = createRoute({
  method: 'post',
  path: '/v1/bots',
  tags: ['Bots'],
  summary: 'Book a bot',
  security,
  request: {
    headers: z.object({
      'idempotency-key': z.string().max(255).optional().openapi({
        description:
          'Repeating a request with the same key and the same booking returns the same bot instead of booking another.',
      }),
    }),
    body: { required: true, content: { 'application/json': { schema: createBotSchema } } },
  },
  responses: {
    201: json(bookedBotSchema, 'The bot is booked.'),
    400: problem('The body is not JSON.'),
    403: problem('The account has reached its daily limit.'),
    413: problem('The body is too large.'),
    415: problem('The body is not application/json.'),
    422: problem('The body is JSON but not valid; `errors` says where.'),
    ...signedIn,
  },
});

const list = createRoute({
  method: 'get',
  path: '/v1/bots',
  tags: ['Bots'],
  summary: 'List your bots, newest first',
  security,
  request: { query: pageQuerySchema },
  responses: {
    200: json(pageOf(botSchema), 'One page.'),
    422: problem('The query is not valid.'),
    ...signedIn,
  },
});

const read = createRoute({
  method: 'get',
  path: '/v1/bots/{id}',
  tags: ['Bots'],
  summary: 'Read a bot',
  security,
  request: { params: path },
  responses: { 200: json(botSchema, 'The bot.'), ...ofOneBot },
});

const update = createRoute({
  method: 'patch',
  path: '/v1/bots/{id}',
  tags: ['Bots'],
  summary: 'Edit a booking',
  description:
    'Allowed until the bot knocks. Fields that are left out keep their values. A bot that was started too early for its new time goes back to SCHEDULED.',
  security,
  request: {
    params: path,
    body: { required: true, content: { 'application/json': { schema: updateBotSchema } } },
  },
  responses: {
    200: json(botSchema, 'The bot as it is now.'),
    400: problem('The body is not JSON.'),
    409: problem('The bot has knocked already, or has ended.'),
    413: problem('The body is too large.'),
    415: problem('The body is not application/json.'),
    422: problem('The body is JSON but not valid; `errors` says where.'),
    ...ofOneBot,
  },
});

const remove = createRoute({
  method: 'delete',
  path: '/v1/bots/{id}',
  tags: ['Bots'],
  summary: 'Cancel a bot, or tell it to leave',
  description:
    'Before the call the bot is cancelled at once (200). In the call it is told to leave (202) and keeps its recording.',
  security,
  request: { params: path },
  responses: {
    200: json(botSchema, 'Cancelled.'),
    202: json(botSchema, 'The bot is leaving.'),
    409: problem('The bot has ended already.'),
    ...ofOneBot,
  },
});

const pagesOf = <T extends z.ZodType>(suffix: string, summary: string, item: T) =>
  createRoute({
    method: 'get',
    path: `/v1/bots/{id}/${suffix}`,
    tags: ['Bots'],
    summary,
    security,
    request: { params: path, query: pageQuerySchema },
    responses: {
      200: json(pageOf(item), 'One page.'),
      422: problem('The query is not valid.'),
      ...ofOneBot,
    },
  });

const listOf = <T extends z.ZodType>(suffix: string, summary: string, item: T) =>
  createRoute({
    method: 'get',
    path: `/v1/bots/{id}/${suffix}`,
    tags: ['Bots'],
    summary,
    security,
    request: { params: path },
    responses: { 200: json(z.object({ data: z.array(item) }), 'All of them.'), ...ofOneBot },
  });

const events = pagesOf('events', 'What happened to a bot, oldest first', eventSchema);
const participants = pagesOf('participants', 'Who else was in the call, by joining time', participantSchema);
const deployments = listOf(
  'deployments',
  'What was tried, on which deployment platform, and how it ended',
  deploymentSchema,
);
const recordings = listOf('recordings', 'Recordings, with short-lived download links', recordingSchema);
const screenshots = listOf('screenshots', 'Evidence of a failure, with short-lived links', screenshotSchema);

/** The routes under /v1/bots. The caller has to put `requireUser` before them. */
export function botRoutes(context: ApiContext) {
  const app = createRouter();

  app.openapi(create, async (c) => {
    const key = idempotencyKeyOf(c.req.valid('header')['idempotency-key']);
    const booking = c.req.valid('json');
    const booked = await bookBot(context, c.get('userId'), booking, key);
    const { warnings } = meetingLinkOf(booking, context.settings.LAB_ORIGIN);
    c.header('location', `/v1/bots/${booked.bot.id}`);
    if (booked.replayed) c.header('idempotency-replayed', 'true');
    return c.json({ ...(await viewBot(context, booked.bot)), warnings }, 201);
  });
  app.openapi(list, async (c) => {
    const page = await listBots(context, c.get('userId'), c.req.valid('query'));
    linkNextPage(c, page);
    return c.json(page, 200);
  });
  app.openapi(read, async (c) => {
    const bot = await findBot(context, c.get('userId'), c.req.valid('param').id);
    return c.json(await viewBot(context, bot), 200);
  });
  app.openapi(update, async (c) => {
    const { id } = c.req.valid('param');
    const bot = await editBot(context, c.get('userId'), id, c.req.valid('json'));
    return c.json(await viewBot(context, bot), 200);
  });
  app.openapi(remove, async (c) => {
    const { bot, done } = await cancelBot(context, c.get('userId'), c.req.valid('param').id);
    return c.json(await viewBot(context, bot), done ? 200 : 202);
  });
  app.openapi(events, async (c) => {
    const page = await listEvents(context, c.get('userId'), c.req.valid('param').id, c.req.valid('query'));
    linkNextPage(c, page);
    return c.json(page, 200);
  });
  app.openapi(participants, async (c) => {
    const page = await pageOfParticipants(
      context,
      c.get('userId'),
      c.req.valid('param').id,
      c.req.valid('query'),
    );
    linkNextPage(c, page);
    return c.json(page, 200);
  });
  app.openapi(deployments, async (c) =>
    c.json(await listDeployments(context, c.get('userId'), c.req.valid('param').id), 200),
  );
  app.openapi(recordings, async (c) =>
    c.json(await listRecordings(context, c.get('userId'), c.req.valid('param').id), 200),
  );
  app.openapi(screenshots, async (c) =>
    c.json(await listScreenshots(context, c.get('userId'), c.req.valid('param').id), 200),
  );
  return app;
}

/** Reads the header's value. The draft standard asks for a quoted string; most clients leave the quotes out. */
function idempotencyKeyOf(header: string | undefined): IdempotencyKey | null {
  if (header === undefined) return null;
  const key = header.replace(/^"(.*)"$/, '$1');
  if (key === '') {
    throw new Problem(400, { code: 'empty_idempotency_key', detail: 'The Idempotency-Key is empty.' });
  }
  return { scope: 'POST /v1/bots', key };
}
