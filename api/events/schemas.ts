// What an event looks like on the wire. snake_case; times RFC 3339 in UTC.
import { z } from '@hono/zod-openapi';
import { EVENT_TYPES, type EventType, eventId, STATUS_CHANGED } from '@meeboter/domain/events.ts';
import type { Event } from '@meeboter/prisma/generated/client.ts';

export const eventSchema = z
  .object({
    id: z.string(),
    seq: z
      .int()
      .nullable()
      .openapi({ description: 'Number in your account, without gap or repeat. Null for some milliseconds.' }),
    bot_id: z.string(),
    bot_seq: z.int().openapi({ description: 'Number among the events of this bot: 1, 2, 3 …' }),
    type: z.enum(EVENT_TYPES).openapi({ example: STATUS_CHANGED }),
    sub_code: z.string().nullable(),
    attempt: z.int(),
    at: z.iso.datetime(),
    erased: z.boolean().openapi({ description: 'The bot was deleted, and the payload with it.' }),
    payload: z.record(z.string(), z.unknown()),
  })
  .openapi('Event');

/** An event's row as the wire shows it. */
export function presentEvent(event: Event): z.infer<typeof eventSchema> {
  return {
    id: eventId(event.botId, event.botSeq),
    seq: event.seq === null ? null : Number(event.seq),
    bot_id: event.botId,
    bot_seq: event.botSeq,
    type: event.type as EventType,
    sub_code: event.subCode,
    attempt: event.attempt,
    at: event.at.toISOString(),
    erased: event.erased,
    payload: event.payload as Record<string, unknown>,
  };
}
