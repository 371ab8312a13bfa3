// Reads bots and what belongs to them. Every query includes the owner: for any other
// account the bot does not exist.
import { z } from '@hono/zod-openapi';
import type { RecordingGap } from '@meeboter/domain/bot-protocol.ts';
import { STATUS_CHANGED } from '@meeboter/domain/events.ts';
import { detailForOwner } from '@meeboter/domain/reasons.ts';
import { isStorable } from '@meeboter/domain/text.ts';
import type { Bot } from '@meeboter/prisma/generated/client.ts';
import { listParticipants } from '@meeboter/prisma/sql/list-participants.ts';
import { queuePositions } from '@meeboter/prisma/sql/queue-positions.ts';
import type { ApiContext } from '../context.ts';
import { decodeCursor, type PageQuery, pageFrom } from '../cursor.ts';
import { presentEvent } from '../events/schemas.ts';
import { notFound } from '../problem.ts';
import { presentBot } from './present-bot.ts';

/** PostgreSQL has no year 0. */
const time = z.iso.datetime().refine((it) => !it.startsWith('0000'));
const storableText = z.string().refine(isStorable);
const botPlace = z.object({ created_at: time, id: storableText });
const participantPlace = z.object({ joined_at: time, id: storableText });
const slotFacts = z.object({ facts: z.object({ passed_over: z.string().optional() }) });
const eventPlace = z.object({ bot_seq: z.int() });

/** The account's bots, newest first. */
export async function listBots(context: ApiContext, userId: string, query: PageQuery) {
  const after = query.cursor === undefined ? null : decodeCursor(botPlace, query.cursor);
  const rows = await context.db.bot.findMany({
    where: {
      userId,
      ...(after && {
        OR: [
          { createdAt: { lt: new Date(after.created_at) } },
          { createdAt: new Date(after.created_at), id: { lt: after.id } },
        ],
      }),
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: query.limit + 1,
  });
  const waiting = rows.filter((bot) => bot.status === 'QUEUED').map((bot) => bot.id);
  const positions = await queuePositions(context.db, waiting);
  return pageFrom(rows, query, {
    item: (bot) => presentBot(bot, positions.get(bot.id) ?? null),
    place: (bot) => ({ created_at: bot.createdAt.toISOString(), id: bot.id }),
  });
}

/** One bot of the account. Throws 404. */
export async function findBot(context: ApiContext, userId: string, botId: string): Promise<Bot> {
  const bot = await context.db.bot.findFirst({ where: { id: botId, userId } });
  if (!bot) throw notFound('bot');
  return bot;
}

/** A bot as the API returns it, with its position in the queue. */
export async function viewBot(context: ApiContext, bot: Bot) {
  const positions = await queuePositions(context.db, bot.status === 'QUEUED' ? [bot.id] : []);
  return presentBot(bot, positions.get(bot.id) ?? null);
}

/** What happened to a bot, oldest first, in the bot's own order. An event is shown at once, with or without its account's number. */
export async function listEvents(context: ApiContext, userId: string, botId: string, query: PageQuery) {
  await findBot(context, userId, botId);
  const after = query.cursor === undefined ? null : decodeCursor(eventPlace, query.cursor);
  const rows = await context.db.event.findMany({
    where: { botId, ...(after && { botSeq: { gt: after.bot_seq } }) },
    orderBy: { botSeq: 'asc' },
    take: query.limit + 1,
  });
  return pageFrom(rows, query, {
    item: presentEvent,
    place: (event) => ({ bot_seq: event.botSeq }),
  });
}

/** Who else was in the call, from when to when, and how long each spoke, in order of joining. */
export async function pageOfParticipants(
  context: ApiContext,
  userId: string,
  botId: string,
  query: PageQuery,
) {
  await findBot(context, userId, botId);
  const cursor = query.cursor === undefined ? null : decodeCursor(participantPlace, query.cursor);
  const after = cursor && { ...cursor, joined_at: new Date(cursor.joined_at) };
  const rows = await listParticipants(context.db, botId, { after, limit: query.limit + 1 });
  return pageFrom(rows, query, {
    item: (stay) => ({
      name: stay.name,
      is_host: stay.is_host,
      joined_at: stay.joined_at.toISOString(),
      left_at: stay.left_at?.toISOString() ?? null,
      left_reason: stay.left_at && (stay.closed_by ?? ('left' as const)),
      spoke_seconds: Math.round(stay.spoke_ms / 100) / 10,
    }),
    place: (stay) => ({ joined_at: stay.joined_at.toISOString(), id: stay.id }),
  });
}

/**
 * What was tried to run a bot: each attempt, on which platform, and how it ended. The platform's own words and names
 * are for admins: they tell of the operator's hosts and roles.
 */
export async function listDeployments(context: ApiContext, userId: string, botId: string) {
  await findBot(context, userId, botId);
  const [user, rows, slots] = await Promise.all([
    context.db.user.findUnique({ where: { id: userId }, select: { role: true } }),
    context.db.deployment.findMany({ where: { botId }, orderBy: { attempt: 'asc' } }),
    context.db.event.findMany({
      where: { botId, type: STATUS_CHANGED, subCode: 'slot_acquired' },
      select: { attempt: true, payload: true },
    }),
  ]);
  const passedOver = new Map(
    slots.map(({ attempt, payload }) => [attempt, slotFacts.safeParse(payload).data]),
  );
  const isAdmin = user?.role === 'admin';
  return {
    data: rows.map((row) => ({
      ...{ id: row.id, attempt: row.attempt, platform: row.deploymentPlatform, state: row.state },
      sub_code: row.failSubCode,
      detail: isAdmin ? row.failDetail : detailForOwner(row.failSubCode, row.failDetail),
      external_ref: isAdmin ? row.externalRef : null,
      passed_over: passedOver.get(row.attempt)?.facts.passed_over ?? null,
      created_at: row.createdAt.toISOString(),
      started_at: row.startedAt?.toISOString() ?? null,
      claimed_at: row.claimedAt?.toISOString() ?? null,
      ended_at: row.endedAt?.toISOString() ?? null,
    })),
  };
}

/** The recordings of a bot, with short-lived links to those that are ready. */
export async function listRecordings(context: ApiContext, userId: string, botId: string) {
  await findBot(context, userId, botId);
  const rows = await context.db.recording.findMany({
    where: { botId },
    include: { gaps: { orderBy: { atMs: 'asc' } } },
    orderBy: [{ attempt: 'asc' }, { segment: 'asc' }],
  });
  return {
    data: await Promise.all(
      rows.map(async (row) => {
        const fileName = `${botId}-${row.attempt}-${row.segment}.mp4`;
        const link = row.status === 'ready' ? await context.storage.presignGet(row.key, fileName) : null;
        return {
          id: row.id,
          kind: row.kind as 'video' | 'audio',
          status: row.status as 'recording' | 'ready' | 'failed',
          interrupted: row.interrupted,
          content_type: row.contentType,
          bytes: Number(row.bytes),
          duration_seconds: row.durationMs === null ? null : row.durationMs / 1000,
          dropped_frames: row.droppedFrames,
          gaps: row.gaps.map((gap) => ({
            at_ms: gap.atMs,
            missing_ms: gap.missingMs,
            reason: gap.reason as RecordingGap['reason'],
          })),
          started_at: row.startedAt.toISOString(),
          completed_at: row.completedAt?.toISOString() ?? null,
          sub_code: row.subCode,
          detail: row.detail,
          attempt: row.attempt,
          download_url: link?.url ?? null,
          download_url_expires_at: link?.expiresAt.toISOString() ?? null,
        };
      }),
    ),
  };
}

/** The evidence of a failure: screenshots, the page's HTML, logs, with short-lived links. */
export async function listScreenshots(context: ApiContext, userId: string, botId: string) {
  await findBot(context, userId, botId);
  const rows = await context.db.screenshot.findMany({
    where: { botId, uploadedAt: { not: null } },
    orderBy: { createdAt: 'asc' },
  });
  return {
    data: await Promise.all(
      rows.map(async (row) => {
        const link = await context.storage.presignGet(row.key, row.key.split('/').at(-1) ?? row.id);
        return {
          id: row.id,
          purpose: row.purpose as 'screenshot' | 'page_html' | 'log',
          label: row.label,
          content_type: row.contentType,
          bytes: row.bytes,
          attempt: row.attempt,
          created_at: row.createdAt.toISOString(),
          download_url: link.url,
          download_url_expires_at: link.expiresAt.toISOString(),
        };
      }),
    ),
  };
}
