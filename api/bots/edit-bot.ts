// PATCH /v1/bots/{id}: a booking may be edited until its bot knocks.
import { requestStop } from '@meeboter/deployer/inbox.ts';
import { orderKey, startAt, wantedAtMs } from '@meeboter/domain/booking.ts';
import { leaveRulesSchema } from '@meeboter/domain/leave-rules.ts';
import { EDITABLE_STATUSES, isIn, isTerminal } from '@meeboter/domain/status.ts';
import type { Transaction } from '@meeboter/prisma/client.ts';
import type { Bot } from '@meeboter/prisma/generated/client.ts';
import { appendEvent } from '@meeboter/prisma/sql/append-event.ts';
import { failDeployment } from '@meeboter/prisma/sql/deployment-steps.ts';
import { lockBotOfUser, moveInLine, openDeploymentOf } from '@meeboter/prisma/sql/edit-bot.ts';
import { rescheduleBot } from '@meeboter/prisma/sql/reschedule-bot.ts';
import { HORIZON_MS, requestDispatch, requestStarts } from '@meeboter/scheduler/inbox.ts';
import type { ApiContext } from '../context.ts';
import { notFound, Problem } from '../problem.ts';
import { joinTimeOf, meetingLinkOf } from './booking-input.ts';
import { currentLeadMs } from './current-lead.ts';
import type { UpdateBot } from './schemas.ts';

/** What a runtime is told when it claims its bot: a change of these comes too late for one that has. */
const TOLD_AT_CLAIM = ['joinUrl', 'displayName', 'joinAt', 'leaveRules', 'recordingEnabled'] as const;

type Columns = ReturnType<typeof columnsOf>;

/**
 * Changes a booking and returns it. The revision is raised. A start job of before finds
 * nothing to do: it names a moment, and the row says who is due then.
 * A bot whose new time is further away than the lead goes back to SCHEDULED: at once from the line,
 * and from a slot when the platform has confirmed that its runtime is gone. Throws 404; 409
 * `bot_already_ended`, or `bot_in_the_room` after the knock; 422 as for a booking.
 */
export async function editBot(
  context: ApiContext,
  userId: string,
  botId: string,
  body: UpdateBot,
): Promise<Bot> {
  const { db, settings } = context;
  const leadMs = await currentLeadMs(context);
  const now = new Date();

  const toStop = await db.$transaction(async (tx) => {
    if (!(await lockBotOfUser(tx, userId, botId))) throw notFound('bot');
    const before = await tx.bot.findUniqueOrThrow({ where: { id: botId } });
    refuseWhenTooLate(before);
    const columns = columnsOf(body, before, { now, labOrigin: settings.LAB_ORIGIN });
    const changed = changesOf(columns, before);
    if (changed.length === 0) return null;

    const bot = await tx.bot.update({
      where: { id: botId },
      data: {
        ...columns,
        revision: before.revision + 1,
        startAt: changed.includes('joinAt') ? startAt(columns.joinAt, leadMs) : before.startAt,
        orderKey: orderKey({
          joinAt: columns.joinAt,
          createdAt: before.createdAt,
          priority: columns.priority,
        }),
      },
    });
    await appendEvent(tx, {
      botId,
      type: 'bot.updated',
      payload: { fields: changed.map((name) => WIRE_NAMES[name]), revision: bot.revision, actor: 'user' },
    });
    return follow(tx, { before, bot, changed, now });
  });

  if (toStop !== null) await requestStop(context.jobs, toStop);
  const after = await db.bot.findUniqueOrThrow({ where: { id: botId } });
  if (after.status === 'SCHEDULED' && after.startAt.getTime() - now.getTime() < HORIZON_MS) {
    await requestStarts(context.jobs, [after.startAt], new Date());
  }
  if (after.status === 'QUEUED') await requestDispatch(context.jobs);
  return after;
}

const WIRE_NAMES = {
  meetingPlatform: 'meeting_platform',
  meetingUrl: 'meeting_url',
  joinUrl: 'meeting_url',
  meetingKey: 'meeting_url',
  displayName: 'display_name',
  joinAt: 'join_at',
  priority: 'priority',
  queueTimeoutMs: 'queue_timeout_ms',
  leaveRules: 'automatic_leave',
  recordingEnabled: 'recording',
  metadata: 'metadata',
} as const satisfies Record<keyof Columns, string>;

function refuseWhenTooLate(bot: Bot): void {
  if (isTerminal(bot.status)) {
    throw new Problem(409, {
      code: 'bot_already_ended',
      detail: `The bot ended with ${bot.status} at ${bot.endedAt?.toISOString()}.`,
    });
  }
  if (!isIn(EDITABLE_STATUSES, bot.status) || (bot.knockedAt !== null && bot.status === 'JOINING_CALL')) {
    throw new Problem(409, {
      code: 'bot_in_the_room',
      detail: `The bot has knocked already; it is ${bot.status}. A booking can be edited until the knock.`,
    });
  }
}

/** The columns as the edit wants them; what it does not name keeps its value. */
function columnsOf(body: UpdateBot, before: Bot, options: { now: Date; labOrigin: string | undefined }) {
  const url = body.meeting_url ?? before.meetingUrl;
  const link =
    body.meeting_url === undefined && body.meeting_platform === undefined
      ? { platform: before.meetingPlatform, joinUrl: before.joinUrl, key: before.meetingKey }
      : meetingLinkOf({ meeting_url: url, meeting_platform: body.meeting_platform }, options.labOrigin);
  return {
    meetingPlatform: link.platform,
    meetingUrl: url,
    joinUrl: link.joinUrl,
    meetingKey: link.key,
    displayName: body.display_name ?? before.displayName,
    joinAt: body.join_at === undefined ? before.joinAt : joinTimeOf(body.join_at, options.now),
    priority: body.priority ?? before.priority,
    queueTimeoutMs: body.queue_timeout_ms ?? before.queueTimeoutMs,
    leaveRules: leaveRulesSchema.parse({
      ...asObject(before.leaveRules),
      ...definedOf(body.automatic_leave),
    }),
    recordingEnabled: body.recording?.enabled ?? before.recordingEnabled,
    metadata: body.metadata ?? asObject(before.metadata),
  };
}

function changesOf(columns: Columns, before: Bot): (keyof Columns)[] {
  const same = (name: keyof Columns) =>
    JSON.stringify(sorted(columns[name])) === JSON.stringify(sorted(before[name]));
  return (Object.keys(columns) as (keyof Columns)[]).filter((name) => !same(name));
}

/**
 * What follows for a bot that is on its way already. Returns the deployment to stop: one whose new
 * time is not near, or whose runtime has been told what is no longer true.
 */
async function follow(
  tx: Transaction,
  edit: { before: Bot; bot: Bot; changed: (keyof Columns)[]; now: Date },
): Promise<string | null> {
  const { before, bot, changed, now } = edit;
  const isEarly = bot.startAt.getTime() > now.getTime();
  if (before.status === 'QUEUED') {
    if (isEarly) {
      await rescheduleBot(tx, bot.id, { from: ['QUEUED'], subCode: 'rescheduled', actor: 'user' });
    } else {
      const deadlineMs = (it: Bot) => wantedAtMs(it) + it.queueTimeoutMs;
      const moreTimeMs = deadlineMs(bot) - deadlineMs(before);
      await moveInLine(tx, bot.id, { orderKey: bot.orderKey, moreTimeMs });
    }
    return null;
  }
  const wasTold = before.status === 'JOINING_CALL' && TOLD_AT_CLAIM.some((name) => changed.includes(name));
  if (!isEarly && !wasTold) return null;
  const deployment = await openDeploymentOf(tx, bot.id);
  if (!deployment) return null;
  await failDeployment(tx, deployment, { subCode: 'rescheduled' });
  return deployment.id;
}

const asObject = (value: unknown) => value as Record<string, string>;

function definedOf(edit: object = {}): object {
  return Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== undefined));
}

/** Keys in one order: PostgreSQL's jsonb keeps its own. */
function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
