// POST /v1/bots: the booking row and its event in one transaction, then the hint.
import { createHash } from 'node:crypto';
import { orderKey, startAt } from '@meeboter/domain/booking.ts';
import { newId } from '@meeboter/domain/ids.ts';
import { leaveRulesSchema } from '@meeboter/domain/leave-rules.ts';
import type { Bot } from '@meeboter/prisma/generated/client.ts';
import { appendEvent } from '@meeboter/prisma/sql/append-event.ts';
import { lockDailyQuota } from '@meeboter/prisma/sql/daily-quota.ts';
import { HORIZON_MS, requestStarts } from '@meeboter/scheduler/inbox.ts';
import type { ApiContext } from '../context.ts';
import { Problem } from '../problem.ts';
import { joinTimeOf, meetingLinkOf } from './booking-input.ts';
import { currentLeadMs } from './current-lead.ts';
import type { CreateBot } from './schemas.ts';

export interface Booked {
  bot: Bot;
  /** True: this request was carried out before; the bot is that one. */
  replayed: boolean;
}

const IDEMPOTENCY_ROUTE = 'POST /v1/bots';

/**
 * Books a bot. Throws Problem: 422 for a link that is no meeting or a join time that makes no
 * sense, 403 `daily_limit_reached`, 422 `idempotency_key_reused`.
 */
export async function createBot(
  context: ApiContext,
  userId: string,
  body: CreateBot,
  idempotencyKey: string | null,
): Promise<Booked> {
  const { db, settings } = context;
  const link = meetingLinkOf(body, settings.LAB_ORIGIN);
  const now = new Date();
  const fingerprint = createHash('sha256').update(JSON.stringify(body)).digest('base64url');

  const leadMs = await currentLeadMs(context);

  const booked = await db.$transaction(async (tx): Promise<Booked> => {
    // The lock on the account also makes two requests with one key wait for each other.
    const quota = await lockDailyQuota(tx, userId, now);
    if (idempotencyKey !== null) {
      const earlier = await tx.idempotencyKey.findUnique({
        where: { userId_route_key: { userId, route: IDEMPOTENCY_ROUTE, key: idempotencyKey } },
      });
      if (earlier) {
        if (earlier.fingerprint !== fingerprint) throw reusedKey();
        return { bot: await tx.bot.findUniqueOrThrow({ where: { id: earlier.botId } }), replayed: true };
      }
    }
    // Not before: the time of a booking that is asked for again may have come since.
    const joinAt = body.join_at === undefined ? now : joinTimeOf(body.join_at, now);
    if (quota.daily_bot_limit !== null && quota.used_today >= quota.daily_bot_limit) {
      throw new Problem(403, {
        code: 'daily_limit_reached',
        detail: `Your account may book ${quota.daily_bot_limit} bots a day. The day ends at ${quota.resets_at.toISOString()}.`,
      });
    }
    const id = newId('bot');
    const bot = await tx.bot.create({
      data: {
        id,
        userId,
        status: 'SCHEDULED',
        subCode: 'booked',
        displayName: body.display_name,
        meetingPlatform: link.platform,
        meetingUrl: body.meeting_url,
        joinUrl: link.joinUrl,
        meetingKey: link.key,
        metadata: body.metadata,
        leaveRules: leaveRulesSchema.parse(body.automatic_leave),
        recordingEnabled: body.recording.enabled,
        joinAt,
        startAt: startAt(joinAt, leadMs),
        priority: body.priority,
        orderKey: orderKey({ joinAt, createdAt: now, priority: body.priority }),
        queueTimeoutMs: body.queue_timeout_ms ?? settings.GLOBAL_QUEUE_TIMEOUT_MS,
        createdAt: now,
      },
    });
    await appendEvent(tx, {
      botId: id,
      type: 'bot.status_changed',
      subCode: 'booked',
      payload: { from: null, to: 'SCHEDULED', actor: 'user' },
    });
    if (idempotencyKey !== null) {
      await tx.idempotencyKey.create({
        data: { userId, route: IDEMPOTENCY_ROUTE, key: idempotencyKey, fingerprint, botId: id },
      });
    }
    return { bot, replayed: false };
  });

  if (!booked.replayed && booked.bot.startAt.getTime() - now.getTime() < HORIZON_MS) {
    await requestStarts(context.jobs, [booked.bot.startAt], new Date());
  }
  return booked;
}

function reusedKey(): Problem {
  return new Problem(422, {
    code: 'idempotency_key_reused',
    detail: 'This Idempotency-Key was sent before with another body.',
  });
}
