import { z } from 'zod';

const guest_id = z.string().optional();

/** What somebody in the meeting does now. Without `guest_id` it applies to every guest to whom it can. */
export const actionSchema = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('admit'), guest_id }),
  z.strictObject({ action: z.literal('deny'), guest_id }),
  /** The platform ends the knock because nobody responded. */
  z.strictObject({ action: z.literal('no_response'), guest_id }),
  z.strictObject({ action: z.literal('remove'), guest_id }),
  z.strictObject({
    action: z.literal('reconnect'),
    guest_id,
    for_ms: z.int().min(0).default(5_000),
    new_id: z.boolean().default(false),
  }),
  /** Shows a toast with role=alert on the guests' pages, as when somebody mutes a microphone. */
  z.strictObject({ action: z.literal('toast'), guest_id, text: z.string().min(1).max(200) }),
  z.strictObject({
    action: z.literal('chat'),
    name: z.string().min(1).max(60).optional(),
    text: z.string().min(1).max(500),
  }),
  /** A person changes its name. `name`: the one it has now, the one of the scenario, or an id. */
  z.strictObject({ action: z.literal('rename'), name: z.string(), to: z.string().trim().min(1).max(60) }),
  z.strictObject({ action: z.literal('still_there'), guest_id }),
  z.strictObject({ action: z.literal('unmute_request'), guest_id }),
  z.strictObject({ action: z.literal('everyone_leaves') }),
  z.strictObject({ action: z.literal('everyone_returns') }),
  z.strictObject({ action: z.literal('end') }),
]);

export type Action = z.infer<typeof actionSchema>;
/** An action as a caller may write it. One without further fields may be just its name. */
export type ActionInput = z.input<typeof actionSchema>;
