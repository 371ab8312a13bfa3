// The JSON of bots, events, recordings and so on. snake_case; times are RFC 3339 in UTC.
import { z } from '@hono/zod-openapi';
import { bookingEditSchema, newBookingSchema } from '@meeboter/booking/input.ts';
import { recordingGapSchema } from '@meeboter/domain/bot-protocol.ts';
import { leaveRulesSchema } from '@meeboter/domain/leave-rules.ts';
import { MEETING_PLATFORMS } from '@meeboter/domain/meeting-links/link.ts';
import { REASON_CATEGORIES } from '@meeboter/domain/reasons.ts';
import { BOT_STATUSES } from '@meeboter/domain/status.ts';

export const createBotSchema = newBookingSchema.openapi('CreateBot');
export const updateBotSchema = bookingEditSchema.openapi('UpdateBot');

const time = z.iso.datetime();

export const botSchema = z
  .object({
    id: z.string().openapi({ example: 'bot_01KAXW3Q9Z0000000000000000' }),
    status: z.enum(BOT_STATUSES),
    sub_code: z
      .string()
      .openapi({ description: 'Why the bot has this status. An open set: new values may be added.' }),
    reason: z.object({ category: z.enum(REASON_CATEGORIES), retryable: z.boolean(), text: z.string() }),
    detail: z.string().nullable(),
    end_reason: z.string().nullable().openapi({
      description: 'Why the stay in the call ended. Independent of whether there is a recording.',
    }),
    meeting_platform: z.enum(MEETING_PLATFORMS),
    meeting_url: z.string(),
    display_name: z.string(),
    join_at: time,
    end_at: time.nullable(),
    priority: z.int(),
    queued: z.boolean(),
    queue_position: z
      .int()
      .nullable()
      .openapi({ description: '1 is next. Null when the bot is not waiting for a slot.' }),
    queue_timeout_ms: z.int(),
    attempt: z.int(),
    automatic_leave: leaveRulesSchema,
    note_takers: z.array(z.string()),
    entry_message: z.string().nullable(),
    recording: z.object({ enabled: z.boolean(), state: z.enum(['off', 'recording', 'stopped']) }),
    lateness_ms: z
      .int()
      .nullable()
      .openapi({ description: 'Time of the knock minus join_at, in ms. Null before the knock.' }),
    phases: z
      .record(z.string(), time.nullable())
      .openapi({ description: 'When each step was reached, in the latest attempt.' }),
    metadata: z.record(z.string(), z.string()),
    created_at: time,
    ended_at: time.nullable(),
  })
  .openapi('Bot');

/** A bot as the answer to its booking. */
export const bookedBotSchema = botSchema
  .extend({
    warnings: z.array(z.string()).openapi({
      description: 'What may keep the bot out of this meeting, and what was chosen or left out of the text.',
    }),
  })
  .openapi('BookedBot');

export type BotView = z.infer<typeof botSchema>;

export const participantSchema = z
  .object({
    name: z.string(),
    is_host: z.boolean(),
    joined_at: time,
    left_at: time.nullable(),
    left_reason: z.enum(['left', 'bot_left', 'bot_lost']).nullable().openapi({
      description:
        'How left_at is known. left: the bot saw it. bot_left, bot_lost: still there when the bot left, or when it was last heard of.',
    }),
    spoke_seconds: z.number().openapi({
      description:
        'Sum of the speaker turns of this stay: those that began during it, or between the stay before and this one.',
    }),
  })
  .openapi('Participant');

export const deploymentSchema = z
  .object({
    id: z.string(),
    attempt: z.int(),
    platform: z.string().openapi({ example: 'aws' }),
    state: z.enum(['intent', 'started', 'claimed', 'ended']).openapi({
      description:
        'intent: the platform has not confirmed the start. started: it has. claimed: the bot runs. ended: nothing of it runs any more.',
    }),
    sub_code: z.string().nullable().openapi({ description: 'Why it was given up. An open set.' }),
    detail: z.string().nullable().openapi({
      description: "Where it is known why, in words. Admins read the deployment platform's own.",
    }),
    external_ref: z.string().nullable().openapi({
      description: "The platform's own name of the runtime; null for accounts that are not an admin's.",
    }),
    passed_over: z.string().nullable().openapi({
      description: 'Platforms of a higher priority that got no bot at that time, and why.',
      example: 'aws: full, k8s: drained',
    }),
    created_at: time,
    started_at: time.nullable(),
    claimed_at: time.nullable(),
    ended_at: time.nullable(),
  })
  .openapi('Deployment');

export const recordingSchema = z
  .object({
    id: z.string(),
    kind: z.enum(['video', 'audio']),
    status: z.enum(['recording', 'ready', 'failed']),
    interrupted: z
      .boolean()
      .openapi({ description: 'The bot did not finish it; it holds what had arrived.' }),
    content_type: z.string(),
    bytes: z.int().openapi({ description: 'What is in the object store, also while it grows.' }),
    duration_seconds: z
      .number()
      .nullable()
      .openapi({ description: 'What is in the object store, also while it grows.' }),
    dropped_frames: z.int().openapi({
      description:
        'Pictures that the recorder left out because it got too little CPU, those in gaps not counted.',
    }),
    gaps: z
      .array(recordingGapSchema)
      .openapi({ description: 'Stretches that hold no new picture, or the end when it is missing.' }),
    started_at: time,
    completed_at: time.nullable(),
    sub_code: z.string().nullable().openapi({ description: 'Why it failed. An open set: expect new ones.' }),
    detail: z.string().nullable().openapi({
      description: 'What is missing of it, or what the object store said that keeps it from being ready.',
    }),
    attempt: z.int(),
    download_url: z.string().nullable().openapi({ description: 'Works until download_url_expires_at.' }),
    download_url_expires_at: time.nullable(),
  })
  .openapi('Recording');

export const screenshotSchema = z
  .object({
    id: z.string(),
    purpose: z.enum(['screenshot', 'page_html', 'log']),
    label: z.string(),
    content_type: z.string(),
    bytes: z.int(),
    attempt: z.int(),
    created_at: time,
    download_url: z.string(),
    download_url_expires_at: time,
  })
  .openapi('Screenshot');
