// What a simulated meeting does: who is in it, who speaks, and how it treats a guest. All durations are in
// ms. The comment of each says from when it counts.
import { z } from 'zod';
import { teamsSchema } from '../microsoft-teams/scenario.ts';
import { zoomSchema } from '../zoom/scenario.ts';
import { lobbyTroubles, pageTroubles } from './troubles.ts';

const ms = z
  .int()
  .min(0)
  .max(12 * 3_600_000);
const sometime = ms.nullable().default(null);
const name = z.string().trim().min(1).max(60);

/** One simulated person in the call, with a face (colour) and a voice (tone). */
const personSchema = z.strictObject({
  name,
  tone_hz: z.number().min(100).max(2_500),
  colour: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i)
    .optional(),
  is_host: z.boolean().optional(),
  /** What Microsoft Teams shows beside the name. */
  badge: z.enum(['guest', 'unverified', 'external']).optional(),
  /** When the person arrives, after the first admission of a guest. 0: before anybody knocks. */
  joins_after_ms: ms.default(0),
  /** When the person leaves, after the first admission of a guest. */
  leaves_after_ms: sometime,
});

/** The scenario of one meeting. Every key has a default. Unknown keys are rejected. */
export const scenarioSchema = z.strictObject({
  /** Whose pages the meeting has. */
  platform: z.enum(['google-meet', 'microsoft-teams', 'zoom']).default('google-meet'),
  /** Which layout of the platform's client the pages have (modulo their number). */
  variant: z.int().min(0).max(100).default(0),
  /** Microsoft Teams only: the link of an invitation, or the short one with a number and a passcode. */
  link: z.enum(['long', 'short']).default('long'),
  /**
   * Microsoft Teams and Zoom: the passcode for which the page asks, since the link does not carry it. Teams
   * then has the short link. Null: the link carries whatever it needs.
   */
  passcode: z
    .string()
    .regex(/^[\w.]{1,40}$/, 'letters, digits, _ and . only')
    .nullable()
    .default(null),
  /** How many people, or the people themselves. Two may have one name. Only the first 16 have a camera. */
  participants: z.union([z.int().min(0).max(40), z.array(personSchema).max(40)]).default(3),
  /**
   * `rotate`: one after the other, for `turn_ms` each. The times in a list count from the first admission; its
   * names are those of the scenario, or ids (`person-2`) where two people have one name.
   */
  turns: z
    .union([z.enum(['rotate', 'none']), z.array(z.strictObject({ name, from_ms: ms, to_ms: ms })).max(1_000)])
    .default('rotate'),
  turn_ms: z.int().min(100).max(600_000).default(4_000),
  /** `ask`: guests knock and wait. `open`: guests join at once. */
  access: z.enum(['ask', 'open']).default('ask'),
  /** When a guest is admitted, after its knock. */
  admit_after_ms: ms.default(2_000),
  /** Nobody reacts to a knock, except by an action. */
  never_admit: z.boolean().default(false),
  /** When a guest is denied instead of admitted, after its knock. */
  deny_after_ms: sometime,
  /** When the platform ends the knock because nobody responded, after the knock, instead of admitting. */
  no_response_after_ms: sometime,
  /** When all simulated people leave, after the first admission. Guests stay. */
  everyone_leaves_after_ms: sometime,
  /** When the host ends the meeting for everyone, after the first admission. */
  end_after_ms: sometime,
  /** When somebody removes a guest, after its own admission. */
  remove_bot_after_ms: sometime,
  /** The same, but at a random time within so many ms: a guest may see the call for a moment only. */
  removed_within_ms: sometime,
  /**
   * When a guest's page loses the network for `for_ms`, after its own admission. `new_id`: afterwards the
   * guest has another id on everybody's page.
   */
  reconnect: z
    .strictObject({ after_ms: ms, for_ms: ms, new_id: z.boolean().default(false) })
    .nullable()
    .default(null),
  /** When people change their names, after the first admission. `name`: a name of the scenario, or an id. */
  rename: z
    .array(z.strictObject({ name, to: name, at_ms: ms }))
    .max(100)
    .default([]),
  /** When the page asks "Are you still there?", after the guest's own admission. */
  still_there_after_ms: sometime,
  /** How long it waits for the answer before it ends the call for the guest. */
  still_there_within_ms: ms.default(10_000),
  /** When the host asks the guest to unmute, after the guest's own admission. */
  unmute_request_after_ms: sometime,
  /** When simulated people write chat messages, after the first admission. */
  chat: z
    .array(z.strictObject({ name, text: z.string().min(1).max(500), after_ms: ms }))
    .max(200)
    .default([]),
  /** The link redirects to the sign-in page. */
  sign_in_required: z.boolean().default(false),
  /** Shows a visible captcha, when the link is opened or after the knock. */
  captcha: z.union([z.boolean(), z.literal('on_knock')]).default(false),
  /** Shows "You can't join this video call", when the link is opened or after the knock. */
  blocked: z.union([z.boolean(), z.literal('on_knock')]).default(false),
  /** Shows "Check your meeting code". */
  not_found: z.boolean().default(false),
  /** When the dialog asks for consent to recording. There is no media until it is accepted. */
  consent: z.enum(['none', 'before', 'after', 'both']).default('none'),
  /** Shows a promotion before joining, and in the call tooltips, a dialog, a toast and a misleading chat message. */
  popups: z.boolean().default(false),
  /** How many times the name field is replaced by an empty one while somebody types. */
  name_input_rerenders: z.union([z.int().min(0).max(5), z.boolean().transform(Number)]).default(0),
  /** Shows the dialog "Continue without microphone and camera" before the pre-join page. */
  device_gate: z.boolean().default(false),
  /** Which of the platform's wordings the lobby shows (modulo their number). */
  lobby_wording: z.int().min(0).max(100).default(0),
  /** How long the page shows "Getting ready…" after it was loaded. */
  slow_splash_ms: ms.default(0),
  /** How long the server takes to answer with a page. */
  slow_page_ms: z.int().min(0).max(120_000).default(0),
  /** What only Microsoft Teams' pages can do. */
  teams: teamsSchema.prefault({}),
  /** What only Zoom's pages can do. */
  zoom: zoomSchema.prefault({}),
  ...lobbyTroubles,
  ...pageTroubles,
});

export type Scenario = z.infer<typeof scenarioSchema>;
/** A scenario as a caller writes it: only what differs from the defaults. */
export type ScenarioInput = z.input<typeof scenarioSchema>;
