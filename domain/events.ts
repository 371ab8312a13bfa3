// The catalog of events: every type that the log may hold, with the shape of its payload.
// The API's documentation and every reader of the log follow from it.
//
// Facts of the same kind stand in the same place of every payload: who did it (`actor`), free text
// (`detail`), small named values such as the deployment platform (`facts`), and the time that a
// runtime told (`reported_at`, RFC 3339 UTC; the event's own time is the database's).
import { z } from 'zod';
import { recordingGapSchema } from './bot-protocol.ts';
import { BOT_STATUSES } from './status.ts';

/** Who causes events. */
export const ACTORS = ['user', 'scheduler', 'deployer', 'runtime'] as const;
export type Actor = (typeof ACTORS)[number];

const factsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
export type Facts = z.infer<typeof factsSchema>;

const common = {
  actor: z.enum(ACTORS),
  detail: z.string().optional(),
  facts: factsSchema.optional(),
  reported_at: z.iso.datetime().optional(),
};
const participant = z.object({ ...common, external_id: z.string(), name: z.string() });
const finishedRecording = z.object({
  ...common,
  recording_id: z.string(),
  /** True: the server completed it, because the runtime could not. */
  interrupted: z.boolean(),
  bytes: z.int(),
  duration_ms: z.int(),
});

/** The payload's schema of each type. A type is `resource.verb`, the verb in the past tense. */
export const EVENT_PAYLOADS = {
  'bot.status_changed': z.object({
    ...common,
    /** Null: the bot was booked. */
    from: z.enum(BOT_STATUSES).nullable(),
    to: z.enum(BOT_STATUSES),
  }),
  'bot.updated': z.object({ ...common, fields: z.array(z.string()), revision: z.int() }),
  'bot.leave_requested': z.object(common),
  'bot.attempt_failed': z.object(common),
  /** The bot cannot go on until somebody does something, such as admit it. The facts tell what: `remedy`, `waited_seconds`. */
  'bot.needs_action': z.object(common),
  /** What `bot.needs_action` asked for was done, or is no longer needed. */
  'bot.action_settled': z.object(common),
  /** The bot goes on, but something will be missing, such as who spoke. */
  'bot.warning': z.object(common),
  'bot.recording_started': z.object(common),
  'bot.recording_stopped': z.object(common),
  'bot.evidence_captured': z.object({ ...common, screenshot_id: z.string(), label: z.string() }),
  'participant.joined': participant,
  'participant.updated': participant,
  'participant.left': participant,
  /** A stretch of the recording is missing. */
  'recording.gap': z.object({ ...common, recording_id: z.string(), ...recordingGapSchema.shape }),
  'recording.ready': finishedRecording,
  'recording.failed': finishedRecording,
} as const satisfies Record<string, z.ZodObject>;

export type EventType = keyof typeof EVENT_PAYLOADS;
export const EVENT_TYPES = Object.keys(EVENT_PAYLOADS) as [EventType, ...EventType[]];

/** The type of the event that every change of a bot's status writes. */
export const STATUS_CHANGED = 'bot.status_changed' satisfies EventType;

/** An event before it is written: its payload is that of its type. */
export type NewEvent = {
  [T in EventType]: { type: T; subCode?: string; payload: z.infer<(typeof EVENT_PAYLOADS)[T]> };
}[EventType];

/** The event's id on the wire. A bot and its own running number name one event for ever. */
export function eventId(botId: string, botSeq: number): string {
  return `evt_${botId.replace(/^bot_/, '')}_${botSeq}`;
}
