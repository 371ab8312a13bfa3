// What a booking looks like on the wire. snake_case; times RFC 3339 in UTC.
import { z } from '@hono/zod-openapi';
import { leaveRulesEditSchema, leaveRulesSchema } from '@meeboter/domain/leave-rules.ts';
import { MEETING_PLATFORMS } from '@meeboter/domain/meeting-url.ts';
import { REASON_CATEGORIES } from '@meeboter/domain/reasons.ts';
import { BOT_STATUSES } from '@meeboter/domain/status.ts';
import { isStorable } from '@meeboter/domain/text.ts';

const NAME_MAX = 100;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Text that is kept as it is: no NUL, no half of an emoji. */
const text = z.string().refine(isStorable, 'The text has characters that cannot be stored.');

/** zod passes over a key of this name without a word; what is not kept has to be refused. */
function refuseProto(value: unknown, context: z.RefinementCtx): unknown {
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__')) {
    const [path, message] = [['__proto__'], 'A key may not be named __proto__.'];
    context.addIssue({ code: 'custom', path, message, input: value });
  }
  return value;
}

/** What a booking is made of; `createBotSchema` adds what stands for a field that is left out. */
const fields = {
  meeting_url: text.min(1).max(2_048).openapi({
    description: 'The meeting link as you would paste it.',
    example: 'https://meet.google.com/abc-defg-hij',
  }),
  meeting_platform: z
    .enum(MEETING_PLATFORMS)
    .optional()
    .openapi({ description: 'Not needed: the link says it. When given, it has to agree.' }),
  display_name: text
    .trim()
    .min(1, 'A bot needs a name.')
    .max(NAME_MAX, `A name has at most ${NAME_MAX} characters.`)
    .refine((name) => !CONTROL.test(name), 'A name has no control characters.')
    .openapi({ description: 'The name the bot joins under.' }),
  join_at: z.iso.datetime({ offset: true, error: 'A time looks like 2026-12-01T09:00:00Z.' }).openapi({
    description: 'When the bot should knock. Now, unless given.',
    example: '2026-12-01T09:00:00Z',
  }),
  priority: z.int().min(0).max(10).openapi({ description: 'A head start in the line, 0 to 10.' }),
  queue_timeout_ms: z
    .int()
    .min(1_000)
    .max(86_400_000)
    .openapi({ description: 'How long the bot may wait for a slot, in ms.' }),
  metadata: z
    .preprocess(
      refuseProto,
      z
        .record(text.min(1).max(100), text.max(500))
        .refine((metadata) => Object.keys(metadata).length <= 50, 'At most 50 entries.'),
    )
    .openapi({ description: 'Yours; given back as it is.' }),
};

const automaticLeave = leaveRulesSchema
  .partial()
  .strict()
  .openapi({ description: 'When the bot leaves by itself, in seconds.' });

export const createBotSchema = z
  .strictObject({
    ...fields,
    display_name: fields.display_name.default('Meeboter'),
    join_at: fields.join_at.optional(),
    priority: fields.priority.default(0),
    queue_timeout_ms: fields.queue_timeout_ms.optional(),
    automatic_leave: automaticLeave.default({}),
    recording: z.strictObject({ enabled: z.boolean().default(true) }).default({ enabled: true }),
    metadata: fields.metadata.default({}),
  })
  .openapi('CreateBot');

export type CreateBot = z.infer<typeof createBotSchema>;

/** An edit names the fields that change; the others stay. */
export const updateBotSchema = z
  .strictObject({
    meeting_url: fields.meeting_url.optional(),
    meeting_platform: fields.meeting_platform,
    display_name: fields.display_name.optional(),
    join_at: fields.join_at.optional(),
    priority: fields.priority.optional(),
    queue_timeout_ms: fields.queue_timeout_ms.optional(),
    automatic_leave: leaveRulesEditSchema.optional(),
    recording: z.strictObject({ enabled: z.boolean() }).optional(),
    metadata: fields.metadata.optional(),
  })
  .refine((body) => Object.values(body).some((value) => value !== undefined), 'Name a field to change.')
  .openapi('UpdateBot');

export type UpdateBot = z.infer<typeof updateBotSchema>;

const time = z.iso.datetime();

export const botSchema = z
  .object({
    id: z.string().openapi({ example: 'bot_01KAXW3Q9Z0000000000000000' }),
    status: z.enum(BOT_STATUSES),
    sub_code: z.string().openapi({ description: 'Why it has this status. An open set: expect new ones.' }),
    reason: z.object({ category: z.enum(REASON_CATEGORIES), retryable: z.boolean(), text: z.string() }),
    detail: z.string().nullable(),
    end_reason: z
      .string()
      .nullable()
      .openapi({ description: 'Why the stay ended; apart from whether there is a recording.' }),
    meeting_platform: z.enum(MEETING_PLATFORMS),
    meeting_url: z.string(),
    display_name: z.string(),
    join_at: time,
    priority: z.int(),
    queued: z.boolean(),
    queue_position: z
      .int()
      .nullable()
      .openapi({ description: '1 is next. Null when the bot does not wait for a slot.' }),
    queue_timeout_ms: z.int(),
    attempt: z.int(),
    automatic_leave: leaveRulesSchema,
    recording: z.object({ enabled: z.boolean(), state: z.enum(['off', 'recording', 'stopped']) }),
    lateness_ms: z
      .int()
      .nullable()
      .openapi({ description: 'Knocked less join_at, in ms. Null before the knock.' }),
    phases: z.record(z.string(), time.nullable()).openapi({ description: 'When each step was reached.' }),
    metadata: z.record(z.string(), z.string()),
    created_at: time,
    ended_at: time.nullable(),
  })
  .openapi('Bot');

export type BotView = z.infer<typeof botSchema>;

export const eventSchema = z
  .object({
    id: z.string(),
    seq: z.int().openapi({ description: 'Number in your account: no gap, no repeat.' }),
    bot_id: z.string(),
    type: z.string().openapi({ example: 'bot.status_changed' }),
    sub_code: z.string().nullable(),
    attempt: z.int(),
    at: time,
    payload: z.record(z.string(), z.unknown()),
  })
  .openapi('Event');

export const participantSchema = z
  .object({
    name: z.string(),
    is_host: z.boolean(),
    joined_at: time,
    left_at: time.nullable(),
    spoke_seconds: z.number().openapi({ description: 'Added up over the turns that were seen.' }),
  })
  .openapi('Participant');

export const recordingSchema = z
  .object({
    id: z.string(),
    kind: z.enum(['video', 'audio']),
    status: z.enum(['recording', 'ready', 'failed']),
    interrupted: z
      .boolean()
      .openapi({ description: 'The bot did not finish it; it holds what had arrived.' }),
    content_type: z.string(),
    bytes: z.int(),
    duration_seconds: z.number().nullable(),
    started_at: time,
    completed_at: time.nullable(),
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

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string(),
    request_id: z.string(),
    retryable: z.boolean(),
    errors: z.array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() })).optional(),
  })
  .openapi('Problem');

/** One page of a list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), next_cursor: z.string().nullable(), has_more: z.boolean() });
}

export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
});
