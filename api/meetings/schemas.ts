// The JSON of `POST /v1/meetings/inspect`.
import { z } from '@hono/zod-openapi';
import { MEETING_PLATFORMS } from '@meeboter/domain/meeting-links/link.ts';

/** Longer than any invitation, its HTML included. */
const TEXT_MAX = 100_000;

export const inspectSchema = z
  .strictObject({
    text: z.string().max(TEXT_MAX, `At most ${TEXT_MAX} characters.`).openapi({
      description:
        'Anything that may hold a meeting: a link, an invitation as text or HTML, a calendar file.',
      example: 'Join Zoom Meeting https://us02web.zoom.us/j/86020823200?pwd=abc.1',
    }),
  })
  .openapi('InspectMeetings');

const meetingSchema = z
  .object({
    platform: z.enum(MEETING_PLATFORMS),
    join_url: z.string().openapi({ description: 'The normalised link: what a bot opens.' }),
    meeting_key: z
      .string()
      .openapi({ description: 'The same meeting has the same key, however it is written.' }),
    passcode: z.enum(['in the link', 'given']).nullable().openapi({
      description:
        'in the link: nobody has to type it. given: the text names one, and the bot types it. Null: the text names none.',
    }),
    warnings: z.array(z.string()),
    source_text: z.string().openapi({ description: 'What it was found as.' }),
  })
  .openapi('FoundMeeting');

const refusedSchema = z
  .object({
    text: z.string(),
    code: z.string().openapi({ description: 'Why no bot can join. An open set: new values may be added.' }),
    message: z.string().openapi({ description: 'What you can do.' }),
  })
  .openapi('RefusedLink');

export const inspectedSchema = z
  .object({ meetings: z.array(meetingSchema), refused: z.array(refusedSchema) })
  .openapi('InspectedText');

export type InspectedText = z.infer<typeof inspectedSchema>;
