// What can go wrong with a lobby and with a page, as keys of a scenario. All are off by default.
import { z } from 'zod';

const ms = z.int().min(0).max(600_000);
const times = z.int().min(1).max(10).default(1);
const off = z.boolean().default(false);

/** What happens around the knock. */
export const lobbyTroubles = {
  /**
   * The page silently goes to the platform's start page on the same host, the first `times` times: before
   * the knock or after it.
   */
  bounce: z
    .strictObject({ when: z.enum(['before', 'after']), times })
    .nullable()
    .default(null),
  /**
   * The first `times` knocks come to nothing: `after_ms` after the knock the lobby's connection is dead. It
   * goes on showing its words, or it is empty but for a button.
   */
  dead_lobby: z
    .strictObject({ shows: z.enum(['words', 'empty']), times, after_ms: ms.default(300) })
    .nullable()
    .default(null),
  /** Leave, microphone, camera and the rest of the toolbar are visible in the lobby. */
  toolbar_in_lobby: off,
};

/** How the page's parts behave, or which of them are missing. */
export const pageTroubles = {
  /** Controls appear one after the other, each so many ms after the one before. */
  late_dom_ms: z.int().min(0).max(10_000).default(0),
  /** How many times the name field is taken out of the page for a moment when somebody enters it. */
  name_input_detaches: z.int().min(0).max(5).default(0),
  /** How controls carry their accessible names. */
  labels_by: z.enum(['aria-label', 'labelledby', 'text', 'title']).default('aria-label'),
  /** How a tile shows that its person speaks. `style`: only the height of a meter. Null: the platform's way. */
  speaking_signal: z.enum(['attribute', 'class', 'style', 'none']).nullable().default(null),
  /** The list of people has only so many rows in the page at a time, and scrolls. Its count is right. */
  list_window: z.int().min(1).max(40).nullable().default(null),
  /** The list of people goes away without a word so many ms after it was opened. */
  list_closes_after_ms: ms.nullable().default(null),
  /** What is there instead. */
  list_closes_into: z.enum(['nothing', 'chat']).default('nothing'),
  /** The page has no list of people. */
  no_people_list: off,
  /** The page has no tiles; people are heard but not seen. */
  no_tiles: off,
  /** The page does not say how many people are there. */
  no_count: off,
  /** Guests may not turn captions on. */
  no_captions: off,
};
