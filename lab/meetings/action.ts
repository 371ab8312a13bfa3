import { z } from 'zod';

const guest_id = z.string().optional();

/** What somebody in the room does, now. Without `guest_id` it is done to every guest it fits. */
export const actionSchema = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('admit'), guest_id }),
  z.strictObject({ action: z.literal('deny'), guest_id }),
  /** The platform gives up on the knock: nobody responded. */
  z.strictObject({ action: z.literal('no_response'), guest_id }),
  z.strictObject({ action: z.literal('remove'), guest_id }),
  z.strictObject({ action: z.literal('reconnect'), guest_id, for_ms: z.int().min(0).default(5_000) }),
  /** A toast with role=alert on the guests' pages, as when somebody mutes a microphone. */
  z.strictObject({ action: z.literal('toast'), guest_id, text: z.string().min(1).max(200) }),
  z.strictObject({
    action: z.literal('chat'),
    name: z.string().min(1).max(60).optional(),
    text: z.string().min(1).max(500),
  }),
  z.strictObject({ action: z.literal('everyone_leaves') }),
  z.strictObject({ action: z.literal('everyone_returns') }),
  z.strictObject({ action: z.literal('end') }),
]);

export type Action = z.infer<typeof actionSchema>;
/** An action as somebody writes it; one that needs nothing else may be just its word. */
export type ActionInput = z.input<typeof actionSchema>;
