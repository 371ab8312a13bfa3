// What a booking is made of, whoever makes it. Unknown fields are refused. A
// field that is left out gets its default when the bot is booked, not here: so
// "left out" and "given" stay apart.
import { leaveRulesEditSchema, leaveRulesSchema } from '@meeboter/domain/leave-rules.ts';
import { MEETING_PLATFORMS } from '@meeboter/domain/meeting-url.ts';
import { isStorable } from '@meeboter/domain/text.ts';
import { z } from 'zod';

const NAME_MAX = 100;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const CONTROL = /[\u0000-\u001f\u007f]/;

/** What stands for a field that is left out. `queue_timeout_ms` is a setting, `join_at` the moment of the booking. */
export const BOOKING_DEFAULTS = {
  display_name: 'Meeboter',
  priority: 0,
  automatic_leave: leaveRulesSchema.parse({}),
  recording: { enabled: true },
  metadata: {},
} as const;

/** Text that PostgreSQL stores as it is: no NUL, no half of a surrogate pair. */
const text = z.string().refine(isStorable, 'The text has characters that cannot be stored.');

/** zod ignores a key of this name without an error; refused here, because it would not be kept. */
function refuseProto(value: unknown, context: z.RefinementCtx): unknown {
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__')) {
    const [path, message] = [['__proto__'], 'A key may not be named __proto__.'];
    context.addIssue({ code: 'custom', path, message, input: value });
  }
  return value;
}

const fields = {
  meeting_url: text.min(1).max(2_048).meta({
    description: 'The meeting link as you would paste it.',
    example: 'https://meet.google.com/abc-defg-hij',
  }),
  meeting_platform: z
    .enum(MEETING_PLATFORMS)
    .meta({ description: 'Not needed: the link says it. When given, it has to agree with the link.' }),
  display_name: text
    .trim()
    .min(1, 'A bot needs a name.')
    .max(NAME_MAX, `A name has at most ${NAME_MAX} characters.`)
    .refine((name) => !CONTROL.test(name), 'A name has no control characters.')
    .meta({ description: 'The name the bot joins under.', default: BOOKING_DEFAULTS.display_name }),
  join_at: z.iso
    .datetime({ offset: true, error: 'A time looks like 2026-12-01T09:00:00Z.' })
    .transform((time) => new Date(time))
    .meta({
      description: 'When the bot should knock. Now, unless given.',
      example: '2026-12-01T09:00:00Z',
    }),
  priority: z.int().min(0).max(10).meta({
    description: 'A head start in the queue for a slot: a minute for each step.',
    default: BOOKING_DEFAULTS.priority,
  }),
  queue_timeout_ms: z
    .int()
    .min(1_000)
    .max(86_400_000)
    .meta({ description: 'How long the bot may wait for a slot, in ms.' }),
  automatic_leave: leaveRulesEditSchema.meta({
    description: 'When the bot leaves by itself, in seconds.',
    default: BOOKING_DEFAULTS.automatic_leave,
  }),
  metadata: z
    .preprocess(
      refuseProto,
      z
        .record(text.min(1).max(100), text.max(500))
        .refine((metadata) => Object.keys(metadata).length <= 50, 'At most 50 entries.'),
    )
    .meta({ description: 'Yours; given back as it is.', default: BOOKING_DEFAULTS.metadata }),
};

const optional = {
  meeting_platform: fields.meeting_platform.optional(),
  display_name: fields.display_name.optional(),
  join_at: fields.join_at.optional(),
  priority: fields.priority.optional(),
  queue_timeout_ms: fields.queue_timeout_ms.optional(),
  automatic_leave: fields.automatic_leave.optional(),
  metadata: fields.metadata.optional(),
};

/** A booking as it is asked for. */
export const newBookingSchema = z.strictObject({
  meeting_url: fields.meeting_url,
  ...optional,
  recording: z
    .strictObject({ enabled: z.boolean().default(BOOKING_DEFAULTS.recording.enabled) })
    .meta({ default: BOOKING_DEFAULTS.recording })
    .optional(),
});
export type NewBooking = z.infer<typeof newBookingSchema>;

/** An edit names the fields that change; the others keep their values. */
export const bookingEditSchema = z
  .strictObject({
    meeting_url: fields.meeting_url.optional(),
    ...optional,
    recording: z.strictObject({ enabled: z.boolean() }).optional(),
  })
  .refine((edit) => Object.values(edit).some((value) => value !== undefined), 'Name a field to change.');
export type BookingEdit = z.infer<typeof bookingEditSchema>;
