// Edits a booking. Allowed until the bot knocks, also when it is queued or started already.
import { type DeploymentAt, requestStop } from '@meeboter/deployer/inbox.ts';
import { orderKey, startAt, wantedAtMs } from '@meeboter/domain/booking.ts';
import { leaveRulesSchema } from '@meeboter/domain/leave-rules.ts';
import { EDITABLE_STATUSES, isIn, isTerminal } from '@meeboter/domain/status.ts';
import type { Transaction } from '@meeboter/prisma/client.ts';
import type { Bot } from '@meeboter/prisma/generated/client.ts';
import { appendEvent } from '@meeboter/prisma/sql/append-events.ts';
import { failDeployment } from '@meeboter/prisma/sql/deployment-steps.ts';
import { lockBotOfUser, moveInQueue, openDeploymentOf } from '@meeboter/prisma/sql/edit-bot.ts';
import { rescheduleBot } from '@meeboter/prisma/sql/reschedule-bot.ts';
import { HORIZON_MS, requestDispatch, requestStarts } from '@meeboter/scheduler/inbox.ts';
import { alreadyEnded, BookingError, noSuchBot } from './booking-error.ts';
import { canonicalJson } from './canonical-json.ts';
import { checkEndTime, checkJoinTime, meetingLinkOf } from './checks.ts';
import type { BookingContext } from './context.ts';
import type { BookingEdit } from './input.ts';
import { checkServed, currentPlatforms } from './platforms.ts';

/** Sent to the runtime when it claims its bot. A change of one of these after the claim needs a new runtime. */
const TOLD_AT_CLAIM = [
  'joinUrl',
  'meetingPasscode',
  'displayName',
  'joinAt',
  'endAt',
  'leaveRules',
  'noteTakers',
  'entryMessage',
  'recordingEnabled',
] as const;

type Columns = ReturnType<typeof columnsOf>;

/** The input's field behind each column. */
const FIELDS = {
  meetingPlatform: 'meeting_platform',
  meetingUrl: 'meeting_url',
  joinUrl: 'meeting_url',
  meetingKey: 'meeting_url',
  meetingPasscode: 'meeting_passcode',
  displayName: 'display_name',
  joinAt: 'join_at',
  endAt: 'end_at',
  priority: 'priority',
  queueTimeoutMs: 'queue_timeout_ms',
  leaveRules: 'automatic_leave',
  noteTakers: 'note_takers',
  entryMessage: 'entry_message',
  recordingEnabled: 'recording',
  metadata: 'metadata',
} as const satisfies Record<keyof Columns, keyof BookingEdit>;

/**
 * Changes a booking and returns the bot. The revision is raised. A start job of the old time finds
 * nothing to do: it names a moment, and the rows say who is due then.
 *
 * A bot whose new start lies ahead goes back to SCHEDULED: at once when it waits in the queue, and when the
 * platform has confirmed that its runtime is gone when it has a slot. A runtime that was told something
 * that is no longer true is stopped, and the bot gets a new one. An edit that changes nothing does nothing.
 *
 * Throws BookingError: `not_found`; `conflict` as `bot_already_ended`, or `bot_in_the_room` after the
 * knock; `invalid` as for a booking.
 */
export async function editBot(
  context: BookingContext,
  userId: string,
  botId: string,
  edit: BookingEdit,
): Promise<Bot> {
  const { db, jobs, settings } = context;
  const { leadMs, served } = await currentPlatforms(context);

  const { now, toStop } = await db.$transaction(async (tx) => {
    const now = await lockBotOfUser(tx, userId, botId);
    if (!now) throw noSuchBot();
    const before = await tx.bot.findUniqueOrThrow({ where: { id: botId } });
    refuseWhenTooLate(before);
    const columns = columnsOf(edit, before, settings.LAB_ORIGIN);
    const changed = changesOf(columns, before);
    if (changed.includes('meetingPlatform')) checkServed(columns.meetingPlatform, served);
    if (changed.includes('joinAt')) checkJoinTime(columns.joinAt, now);
    if (changed.includes('joinAt') || changed.includes('endAt')) {
      checkEndTime(columns.endAt, columns.joinAt, now);
    }
    if (changed.length === 0) return { now, toStop: null };

    const bot = await tx.bot.update({
      where: { id: botId },
      data: {
        ...columns,
        revision: before.revision + 1,
        startAt: changed.includes('joinAt') ? startAt(columns.joinAt, leadMs) : before.startAt,
        orderKey: orderKey({ ...columns, createdAt: before.createdAt }),
      },
    });
    const fields = [...new Set(changed.map((column) => FIELDS[column]))];
    await appendEvent(tx, botId, {
      type: 'bot.updated',
      payload: { fields, revision: bot.revision, actor: 'user' },
    });
    return { now, toStop: await adjustProgress(tx, { before, bot, changed, now }) };
  });

  if (toStop !== null) await requestStop(jobs, toStop);
  const after = await db.bot.findUniqueOrThrow({ where: { id: botId } });
  if (after.status === 'SCHEDULED' && after.startAt.getTime() - now.getTime() < HORIZON_MS) {
    await requestStarts(jobs, [after.startAt], now);
  }
  if (after.status === 'QUEUED') await requestDispatch(jobs);
  return after;
}

function refuseWhenTooLate(bot: Bot): void {
  if (isTerminal(bot.status)) throw alreadyEnded(bot);
  if (!isIn(EDITABLE_STATUSES, bot.status) || (bot.knockedAt !== null && bot.status === 'JOINING_CALL')) {
    throw new BookingError('conflict', {
      code: 'bot_in_the_room',
      detail: `The bot has knocked already; it is ${bot.status}. A booking can be edited until the knock.`,
    });
  }
}

/** The columns after the edit. Fields that the edit does not name keep their values. */
function columnsOf(edit: BookingEdit, before: Bot, labOrigin: string | undefined) {
  const link = linkAfter(edit, before, labOrigin);
  return {
    meetingPlatform: link.platform,
    meetingUrl: link.url,
    joinUrl: link.joinUrl,
    meetingKey: link.key,
    meetingPasscode: link.passcode,
    displayName: edit.display_name ?? before.displayName,
    joinAt: edit.join_at ?? before.joinAt,
    endAt: edit.end_at === undefined ? before.endAt : edit.end_at,
    priority: edit.priority ?? before.priority,
    queueTimeoutMs: edit.queue_timeout_ms ?? before.queueTimeoutMs,
    leaveRules: leaveRulesSchema.parse({
      ...(before.leaveRules as object),
      ...definedOf(edit.automatic_leave),
    }),
    noteTakers: edit.note_takers ?? before.noteTakers,
    entryMessage: edit.entry_message === undefined ? before.entryMessage : edit.entry_message,
    recordingEnabled: edit.recording?.enabled ?? before.recordingEnabled,
    metadata: edit.metadata ?? (before.metadata as Record<string, string>),
  };
}

/** The meeting after the edit. A new link brings its own passcode, or none. */
function linkAfter(edit: BookingEdit, before: Bot, labOrigin: string | undefined) {
  const { meeting_url, meeting_platform } = edit;
  const kept = meeting_url === undefined ? before.meetingPasscode : undefined;
  const meeting_passcode = edit.meeting_passcode === undefined ? kept : edit.meeting_passcode;
  if (meeting_url === undefined && meeting_platform === undefined && edit.meeting_passcode === undefined) {
    const { meetingPlatform: platform, meetingUrl: url, joinUrl, meetingKey: key } = before;
    return { platform, url, joinUrl, key, passcode: before.meetingPasscode };
  }
  const wanted = { meeting_url: meeting_url ?? before.joinUrl, meeting_passcode, meeting_platform };
  const link = meetingLinkOf(wanted, labOrigin);
  return { ...link, url: link.joinUrl };
}

function definedOf(edit: object = {}): object {
  return Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== undefined));
}

function changesOf(columns: Columns, before: Bot): (keyof Columns)[] {
  // A booking of an earlier version lacks the timers that came since. Their defaults are no change.
  const known = { ...before, leaveRules: leaveRulesSchema.parse(before.leaveRules) };
  const isSame = (name: keyof Columns) => canonicalJson(columns[name]) === canonicalJson(known[name]);
  return (Object.keys(columns) as (keyof Columns)[]).filter((name) => !isSame(name));
}

/**
 * Adjusts a bot that is on its way already to its edited booking. Returns the deployment to stop: of a
 * bot whose new start lies ahead, or whose runtime was told something that is no longer true.
 */
async function adjustProgress(
  tx: Transaction,
  edit: { before: Bot; bot: Bot; changed: (keyof Columns)[]; now: Date },
): Promise<DeploymentAt | null> {
  const { before, bot, changed, now } = edit;
  const isEarly = bot.startAt.getTime() > now.getTime();
  if (before.status === 'QUEUED') {
    if (isEarly) {
      await rescheduleBot(tx, bot.id, { from: ['QUEUED'], subCode: 'rescheduled', actor: 'user' });
    } else {
      const deadlineMs = (it: Bot) =>
        Math.min(wantedAtMs(it) + it.queueTimeoutMs, it.endAt?.getTime() ?? Number.POSITIVE_INFINITY);
      const moreTimeMs = deadlineMs(bot) - deadlineMs(before);
      await moveInQueue(tx, bot.id, { orderKey: bot.orderKey, moreTimeMs });
    }
    return null;
  }
  const wasTold = before.status === 'JOINING_CALL' && TOLD_AT_CLAIM.some((name) => changed.includes(name));
  if (!isEarly && !wasTold) return null;
  const deployment = await openDeploymentOf(tx, bot.id);
  if (!deployment) return null;
  await failDeployment(tx, deployment, { subCode: 'rescheduled' });
  return deployment;
}
