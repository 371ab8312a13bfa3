// The input of a booking and of an edit, for all callers. Unknown fields are refused.
// Defaults are filled in by `bookBot`, not by the schema: the fingerprint of a request
// needs to know which fields were given.
import { leaveRulesEditSchema, leaveRulesSchema } from '@meeboter/domain/leave-rules.ts';
import { MEETING_PLATFORMS } from '@meeboter/domain/meeting-links/link.ts';
import { isStorable } from '@meeboter/domain/text.ts';
import { z } from 'zod';

const NAME_MAX = 100;
const ENTRY_MESSAGE_MAX = 500;
const NOTE_TAKERS_MAX = 50;
/** Long enough for an invitation. */
const MEETING_TEXT_MAX = 8_192;
const PASSCODE_MAX = 64;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const CONTROL = /[\u0000-\u001f\u007f]/;
/** What ends a line. In a chat it would send a part of the message. */
const LINE_END = /[\u0085\u2028\u2029]/;

/** Values of fields that are left out. The default of `queue_timeout_ms` is a setting; that of `join_at` is the time of the booking. */
export const BOOKING_DEFAULTS = {
  display_name: 'Meeboter',
  priority: 0,
  end_at: null,
  automatic_leave: leaveRulesSchema.parse({}),
  note_takers: [],
  entry_message: null,
  recording: { enabled: true },
  metadata: {},
} as const;

/** Text that PostgreSQL stores as it is: no NUL, no half of a surrogate pair. */
const text = z.string().refine(isStorable, 'The text has characters that cannot be stored.');

/** Refuses the key `__proto__`. zod would drop it silently. */
function refuseProto(value: unknown, context: z.RefinementCtx): unknown {
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__')) {
    const [path, message] = [['__proto__'], 'A key may not be named __proto__.'];
    context.addIssue({ code: 'custom', path, message, input: value });
  }
  return value;
}

/** A display name in a meeting. */
function nameOf(who: string) {
  return text
    .trim()
    .min(1, `${who} needs a name.`)
    .max(NAME_MAX, `A name has at most ${NAME_MAX} characters.`)
    .refine((name) => !CONTROL.test(name), 'A name has no control characters.');
}

const fields = {
  meeting_url: text.min(1).max(MEETING_TEXT_MAX, `At most ${MEETING_TEXT_MAX} characters.`).meta({
    description:
      'The meeting as you would paste it: a link in any form, or the text of an invitation. The normalised link is stored.',
    example: 'https://meet.google.com/abc-defg-hij',
  }),
  meeting_passcode: text
    .trim()
    .min(1, 'A passcode has at least one character.')
    .max(PASSCODE_MAX, `A passcode has at most ${PASSCODE_MAX} characters.`)
    .refine((passcode) => !CONTROL.test(passcode), 'A passcode has no control characters.')
    .nullable()
    .meta({
      description:
        'A passcode that somebody has to type. Default: from the text, where it names one. It is told to the bot, and never shown again.',
    }),
  meeting_platform: z
    .enum(MEETING_PLATFORMS)
    .meta({ description: 'Optional: it is known from the link. When given, it has to agree with the link.' }),
  display_name: nameOf('A bot').meta({
    description: 'The name the bot joins under.',
    default: BOOKING_DEFAULTS.display_name,
  }),
  join_at: z.iso
    .datetime({ offset: true, error: 'A time looks like 2026-12-01T09:00:00Z.' })
    .transform((time) => new Date(time))
    .meta({
      description: 'When the bot should knock. Default: now.',
      example: '2026-12-01T09:00:00Z',
    }),
  end_at: z.iso
    .datetime({ offset: true, error: 'A time looks like 2026-12-01T10:00:00Z.' })
    .transform((time) => new Date(time))
    .nullable()
    .meta({
      description: 'The latest moment in the call: the bot leaves then, whoever is there. Null: none.',
      default: BOOKING_DEFAULTS.end_at,
      example: '2026-12-01T10:00:00Z',
    }),
  priority: z.int().min(0).max(10).meta({
    description: 'A head start in the queue for a slot, one minute per step.',
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
  note_takers: z
    .array(nameOf('A note taker'))
    .max(NOTE_TAKERS_MAX)
    .meta({
      description:
        'Names of guests that are no company, such as note takers, besides those that the operator has set. A guest is one when its name contains one of these as whole words.',
      default: BOOKING_DEFAULTS.note_takers,
      example: ['Acme Notetaker'],
    }),
  entry_message: text
    .trim()
    .min(1, 'A message has at least one character. Null means none.')
    .max(ENTRY_MESSAGE_MAX, `A message has at most ${ENTRY_MESSAGE_MAX} characters.`)
    .refine((line) => !CONTROL.test(line) && !LINE_END.test(line), 'A message is one line.')
    .nullable()
    .meta({
      description:
        'A line that the bot writes into the chat once after its admission, such as that it records. Null: none.',
      default: BOOKING_DEFAULTS.entry_message,
    }),
  metadata: z
    .preprocess(
      refuseProto,
      z
        .record(text.min(1).max(100), text.max(500))
        .refine((metadata) => Object.keys(metadata).length <= 50, 'At most 50 entries.'),
    )
    .meta({ description: 'Your own data; returned unchanged.', default: BOOKING_DEFAULTS.metadata }),
};

const optional = {
  meeting_passcode: fields.meeting_passcode.optional(),
  meeting_platform: fields.meeting_platform.optional(),
  display_name: fields.display_name.optional(),
  join_at: fields.join_at.optional(),
  priority: fields.priority.optional(),
  queue_timeout_ms: fields.queue_timeout_ms.optional(),
  end_at: fields.end_at.optional(),
  automatic_leave: fields.automatic_leave.optional(),
  note_takers: fields.note_takers.optional(),
  entry_message: fields.entry_message.optional(),
  metadata: fields.metadata.optional(),
};

/** A booking request. */
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
