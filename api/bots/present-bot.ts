// Turns a bot's row into its JSON.
import { leaveRulesSchema } from '@meeboter/domain/leave-rules.ts';
import type { MeetingPlatform } from '@meeboter/domain/meeting-links/link.ts';
import { reasonOf } from '@meeboter/domain/reasons.ts';
import type { Bot } from '@meeboter/prisma/generated/client.ts';
import { iso } from '../iso.ts';
import type { BotView } from './schemas.ts';

/** A bot as the API returns it. `queuePosition`: 1 is next; null when the bot is not queued. */
export function presentBot(bot: Bot, queuePosition: number | null): BotView {
  const { category, retryable, text } = reasonOf(bot.subCode);
  return {
    id: bot.id,
    status: bot.status,
    sub_code: bot.subCode,
    reason: { category, retryable, text },
    detail: bot.detail,
    end_reason: bot.endReason,
    meeting_platform: bot.meetingPlatform as MeetingPlatform,
    meeting_url: bot.meetingUrl,
    display_name: bot.displayName,
    join_at: bot.joinAt.toISOString(),
    end_at: iso(bot.endAt),
    priority: bot.priority,
    queued: bot.status === 'QUEUED',
    queue_position: queuePosition,
    queue_timeout_ms: bot.queueTimeoutMs,
    attempt: bot.attempt,
    automatic_leave: leaveRulesSchema.parse(bot.leaveRules),
    note_takers: bot.noteTakers,
    entry_message: bot.entryMessage,
    recording: { enabled: bot.recordingEnabled, state: bot.recordingState as BotView['recording']['state'] },
    lateness_ms: bot.knockedAt ? bot.knockedAt.getTime() - bot.joinAt.getTime() : null,
    phases: {
      booked: iso(bot.createdAt),
      queued: iso(bot.queuedAt),
      slot: iso(bot.slotAt),
      deploy_requested: iso(bot.deployRequestedAt),
      claimed: iso(bot.claimedAt),
      browser_ready: iso(bot.browserReadyAt),
      knocked: iso(bot.knockedAt),
      admitted: iso(bot.admittedAt),
      first_media: iso(bot.firstMediaAt),
      left: iso(bot.leftAt),
      uploaded: iso(bot.uploadedAt),
    },
    metadata: bot.metadata as Record<string, string>,
    created_at: bot.createdAt.toISOString(),
    ended_at: iso(bot.endedAt),
  };
}
