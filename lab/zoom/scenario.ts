// What only a Zoom meeting can do, beside what every room can: the key `zoom` of a scenario.
import { z } from 'zod';

const ms = z.int().min(0).max(3_600_000);

/** The part of a scenario that only Zoom's pages understand. Every key has a default. */
export const zoomSchema = z.strictObject({
  /** From where the launcher opens the app's address: from the page itself, from a frame in it, or not at all. */
  opens_app: z.enum(['page', 'frame', 'never']).default('page'),
  /** Whether the launcher offers "Join from your browser". An account can hide it: only the app can join. */
  browser_link: z.boolean().default(true),
  /** The client to which the launcher leads: the React client, or the classic one (`/wc/join/<id>`). */
  client: z.enum(['react', 'classic']).default('react'),
  /** When the host starts the meeting, after the room was made. Until then it cannot be joined. */
  starts_after_ms: ms.nullable().default(null),
  /** What a link shows before the start: the page of an invalid link, or that one waits for the host. */
  before_start: z.enum(['error', 'waiting']).default('error'),
  /** Which of the texts a meeting for signed-in guests shows (modulo their number). Null: `/signin`. */
  sign_in_wording: z.int().min(0).max(100).nullable().default(null),
  /** A link without a registrant's token (`tk`) leads to the registration page. */
  registration_required: z.boolean().default(false),
  /** Shows that the organization has disabled Zoom in the browser. */
  network_blocked: z.boolean().default(false),
  /** The meeting has as many participants as it can take: shown after the guest pressed Join. */
  full: z.boolean().default(false),
  /** The cookie banner, which covers the name field. */
  cookie_banner: z.boolean().default(false),
  /** The terms that come before the preview: with the button of the older or of the newer page. */
  terms: z.enum(['none', 'agree', 'disclaimer']).default('none'),
  /** How many times the page asks for microphone and camera. Without "Allow" it plays no sound. */
  permission_dialogs: z.int().min(0).max(2).default(0),
  /** When the preview's microphone button reacts, after the preview was shown. */
  microphone_ready_after_ms: ms.default(0),
  /** The meeting's details lie over the Join button and take its clicks. */
  covered_join: z.boolean().default(false),
  /** How long "Joining Meeting…" is shown. */
  joining_ms: ms.default(300),
  /** How many loads of the page stay at "Joining Meeting…" for ever. */
  joining_hangs: z.int().min(0).max(10).default(0),
  /** `asked`: there is no sound until the guest joins the audio. */
  join_audio: z.enum(['asked', 'automatic']).default('asked'),
  /** When the toolbar disappears, after the mouse was moved last. Null: it stays. */
  footer_hides_after_ms: ms.nullable().default(3_000),
  /** Somebody shares a screen; the speaker's picture moves to a small frame. */
  share: z.boolean().default(false),
  /** The texts come with ’ instead of '. */
  curly: z.boolean().default(false),
});
