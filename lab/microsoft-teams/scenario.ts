// What a scenario can say about Microsoft Teams alone.
import { z } from 'zod';

export const teamsSchema = z.strictObject({
  /** The link shows the page that offers to open the app. Without it the client opens at once. */
  launcher: z.boolean().default(true),
  /**
   * That page asks the browser to open the app (`msteams:`), as the platform's does. A browser that no policy
   * tells what to do then shows a prompt, and holds back clicks on the page.
   */
  opens_app: z.boolean().default(false),
  /** When the page asks "Are you sure you don't want audio or video?". After Join, Join is to be pressed again. */
  av_modal: z.enum(['none', 'before', 'after', 'both']).default('none'),
  /** The light client opens the full one in the middle of joining, so many ms after its form appeared. */
  light_hop_after_ms: z.int().min(0).max(60_000).nullable().default(null),
  /** How long something invisible lies over the form and takes keys and clicks. */
  shroud_ms: z.int().min(0).max(60_000).default(0),
  /** With `sign_in_required`: which text says so (modulo their number). Null: the login page opens instead. */
  sign_in_wording: z.int().min(0).max(100).nullable().default(null),
  /** Captions are in the menu "Language and speech", as organisers have them. */
  speech_menu: z.boolean().default(false),
});
