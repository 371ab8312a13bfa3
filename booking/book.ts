// Books a bot: checks, quota, the row with its event and, after the commit, the hint
// that starts it.
import { orderKey, startAt } from '@meeboter/domain/booking.ts';
import { newId } from '@meeboter/domain/ids.ts';
import { leaveRulesSchema } from '@meeboter/domain/leave-rules.ts';
import type { Db, Transaction } from '@meeboter/prisma/client.ts';
import type { Bot } from '@meeboter/prisma/generated/client.ts';
import { lockDailyQuota, type Quota, readAccount } from '@meeboter/prisma/sql/daily-quota.ts';
import { insertBooking } from '@meeboter/prisma/sql/insert-booking.ts';
import { HORIZON_MS, requestStarts } from '@meeboter/scheduler/inbox.ts';
import { BookingError } from './booking-error.ts';
import { checkEndTime, checkJoinTime, meetingLinkOf } from './checks.ts';
import type { BookingContext } from './context.ts';
import { fingerprintOf, isSameBooking } from './fingerprint.ts';
import { BOOKING_DEFAULTS, type NewBooking } from './input.ts';
import { checkServed, currentPlatforms } from './platforms.ts';

/** Identifies a request, so that sending it twice books one bot. Unique per account and scope. */
export interface IdempotencyKey {
  /** The kind of request. */
  scope: string;
  key: string;
}

export interface Booked {
  bot: Bot;
  /** True: this request was carried out before; the bot is that one. */
  replayed: boolean;
}

/**
 * Books a bot. A request with the idempotency key of an earlier one returns that one's bot, also when its
 * join time has passed since. The database's clock decides what is past or due, and a booking without
 * `join_at` gets the time of that clock. `booking` has to be parsed by `newBookingSchema`.
 *
 * Throws BookingError: `invalid` for a link that is not a meeting's, for a meeting that no deployment platform serves, for a join time in the past or too far
 * ahead, for an end that is not after it, and as `idempotency_key_reused`; `limit_reached` as `daily_limit_reached`.
 */
export async function bookBot(
  context: BookingContext,
  userId: string,
  booking: NewBooking,
  idempotency: IdempotencyKey | null,
): Promise<Booked> {
  const { db, jobs, log, settings } = context;
  const link = meetingLinkOf(booking, settings.LAB_ORIGIN);
  const askedJoinAt = booking.join_at;
  const wanted = {
    display_name: booking.display_name ?? BOOKING_DEFAULTS.display_name,
    priority: booking.priority ?? BOOKING_DEFAULTS.priority,
    queue_timeout_ms: booking.queue_timeout_ms ?? settings.GLOBAL_QUEUE_TIMEOUT_MS,
    automatic_leave: leaveRulesSchema.parse(booking.automatic_leave ?? {}),
    end_at: booking.end_at ?? BOOKING_DEFAULTS.end_at,
    note_takers: booking.note_takers ?? BOOKING_DEFAULTS.note_takers,
    entry_message: booking.entry_message ?? BOOKING_DEFAULTS.entry_message,
    recording: booking.recording ?? BOOKING_DEFAULTS.recording,
    metadata: booking.metadata ?? BOOKING_DEFAULTS.metadata,
  };
  const { leadMs, served } = await currentPlatforms(context);
  const { now, daily_bot_limit } = await readAccount(db, userId);
  const id = newId('bot');

  const insert = async (to: Db): Promise<Booked> => {
    checkServed(link.platform, served);
    if (askedJoinAt) checkJoinTime(askedJoinAt, now);
    const joinAt = askedJoinAt ?? now;
    checkEndTime(wanted.end_at, joinAt, now);
    const bot = await insertBooking(to, {
      id,
      userId,
      displayName: wanted.display_name,
      meetingPlatform: link.platform,
      meetingUrl: link.joinUrl,
      joinUrl: link.joinUrl,
      meetingKey: link.key,
      meetingPasscode: link.passcode,
      metadata: wanted.metadata,
      leaveRules: wanted.automatic_leave,
      noteTakers: wanted.note_takers,
      entryMessage: wanted.entry_message,
      recordingEnabled: wanted.recording.enabled,
      joinAt,
      endAt: wanted.end_at,
      startAt: startAt(joinAt, leadMs),
      priority: wanted.priority,
      orderKey: orderKey({ joinAt, createdAt: now, priority: wanted.priority }),
      queueTimeoutMs: wanted.queue_timeout_ms,
      createdAt: now,
    });
    return { bot, replayed: false };
  };

  // Without a daily limit and an idempotency key no lock is needed: bookings of one account run in parallel.
  const isFree = daily_bot_limit === null && idempotency === null;
  const booked = isFree
    ? await insert(db)
    : await db.$transaction(async (tx): Promise<Booked> => {
        const quota = daily_bot_limit === null ? null : await lockDailyQuota(tx, userId, now);
        if (quota?.time_zone_known === false) {
          log.warn({ user_id: userId }, 'unknown time zone of an account: UTC is used');
        }
        if (idempotency) {
          const meant = {
            ...wanted,
            join_at: askedJoinAt,
            meeting_url: link.joinUrl,
            // Left out when there is none: the hashes of earlier bookings have no passcode.
            ...(link.passcode === null ? {} : { meeting_passcode: link.passcode }),
          };
          const fingerprint = fingerprintOf(booking, meant);
          // Before the other checks: since the first request, the join time may have passed or the limit been reached.
          const earlier = await earlierBooking(tx, { userId, ...idempotency, fingerprint, botId: id });
          if (earlier) return { bot: earlier, replayed: true };
        }
        if (quota) refuseAboveLimit(quota);
        return insert(tx);
      });

  const { bot, replayed } = booked;
  if (!replayed && bot.startAt.getTime() - now.getTime() < HORIZON_MS) {
    await requestStarts(jobs, [bot.startAt], now);
  }
  log.info({ bot_id: bot.id, user_id: userId, join_at: bot.joinAt, replayed }, 'bot booked');
  return booked;
}

/**
 * The bot that was booked under this key before. When there is none, takes the key in this transaction and
 * returns null. Waits for another transaction that is using the same key. Throws BookingError
 * `idempotency_key_reused` when the earlier booking was another one.
 */
async function earlierBooking(
  tx: Transaction,
  { userId, scope, key, ...request }: IdempotencyKey & { userId: string; fingerprint: string; botId: string },
): Promise<Bot | null> {
  const id = { userId, route: scope, key };
  const taken = await tx.idempotencyKey.createMany({ data: [{ ...id, ...request }], skipDuplicates: true });
  if (taken.count > 0) return null;
  const earlier = await tx.idempotencyKey.findUniqueOrThrow({ where: { userId_route_key: id } });
  if (!isSameBooking(earlier.fingerprint, request.fingerprint)) {
    throw new BookingError('invalid', {
      code: 'idempotency_key_reused',
      detail: 'This idempotency key was used before, for another booking.',
    });
  }
  return tx.bot.findUniqueOrThrow({ where: { id: earlier.botId } });
}

function refuseAboveLimit({ daily_bot_limit: limit, used_today, resets_at }: Quota): void {
  if (limit === null || used_today < limit) return;
  throw new BookingError('limit_reached', {
    code: 'daily_limit_reached',
    detail: `Your account may book ${limit} bots a day. The day ends at ${resets_at.toISOString()}.`,
  });
}
