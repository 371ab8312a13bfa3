// What a simulated meeting does: who is in it, who speaks, and how it treats a
// guest. All durations are in ms; each says which moment it counts from.
import { z } from 'zod';

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
  /** After the first admission of a guest; 0: already there before anybody knocks. */
  joins_after_ms: ms.default(0),
  /** After the first admission of a guest. */
  leaves_after_ms: sometime,
});

/** The scenario of one meeting. Everything has a default; unknown keys are refused. */
export const scenarioSchema = z.strictObject({
  /** How many people, or the people themselves. */
  participants: z.union([z.int().min(0).max(16), z.array(personSchema).max(16)]).default(3),
  /** `rotate`: one after the other, `turn_ms` each. A list counts from the first admission. */
  turns: z
    .union([z.enum(['rotate', 'none']), z.array(z.strictObject({ name, from_ms: ms, to_ms: ms })).max(1_000)])
    .default('rotate'),
  turn_ms: z.int().min(100).max(600_000).default(4_000),
  /** `ask`: guests knock and wait. `open`: guests join at once. */
  access: z.enum(['ask', 'open']).default('ask'),
  /** After a guest's knock. */
  admit_after_ms: ms.default(2_000),
  /** Nobody reacts to a knock, but by an action. */
  never_admit: z.boolean().default(false),
  /** After a guest's knock; instead of admitting. */
  deny_after_ms: sometime,
  /** After a guest's knock: the platform itself gives up; instead of admitting. */
  no_response_after_ms: sometime,
  /** After the first admission: all simulated people leave, guests stay. */
  everyone_leaves_after_ms: sometime,
  /** After the first admission: the host ends the meeting for everyone. */
  end_after_ms: sometime,
  /** After a guest's own admission: somebody removes it. */
  remove_bot_after_ms: sometime,
  /** After a guest's own admission: its page loses the network, for `for_ms`. */
  reconnect: z.strictObject({ after_ms: ms, for_ms: ms }).nullable().default(null),
  /** After the first admission: a simulated person writes a chat line. */
  chat: z
    .array(z.strictObject({ name, text: z.string().min(1).max(500), after_ms: ms }))
    .max(200)
    .default([]),
  /** The link redirects to the sign-in page. */
  sign_in_required: z.boolean().default(false),
  /** A visible captcha: when the link is opened, or after the knock. */
  captcha: z.union([z.boolean(), z.literal('on_knock')]).default(false),
  /** "You can't join this video call": when the link is opened, or after the knock. */
  blocked: z.union([z.boolean(), z.literal('on_knock')]).default(false),
  /** "Check your meeting code". */
  not_found: z.boolean().default(false),
  /** The recording consent dialog: before the knock, after admission, or both. No media until accepted. */
  consent: z.enum(['none', 'before', 'after', 'both']).default('none'),
  /** Promo before joining; tooltips, a dialog, a mute toast and a misleading chat line in the call. */
  popups: z.boolean().default(false),
  /** How often the name field is replaced by an empty one while somebody types into it. */
  name_input_rerenders: z.union([z.int().min(0).max(5), z.boolean().transform(Number)]).default(0),
  /** "Continue without microphone and camera" dialog before the pre-join page. */
  device_gate: z.boolean().default(false),
  /** Which of the platform's wordings the lobby shows (modulo their number). */
  lobby_wording: z.int().min(0).max(100).default(0),
  /** How long "Getting ready…" stays after the page was loaded. */
  slow_splash_ms: ms.default(0),
});

export type Scenario = z.infer<typeof scenarioSchema>;
/** A scenario as somebody writes it: only what differs from the defaults. */
export type ScenarioInput = z.input<typeof scenarioSchema>;

/** A simulated person, complete. */
export interface Person {
  id: string;
  name: string;
  toneHz: number;
  colour: string;
  isHost: boolean;
  joinsAfterMs: number;
  leavesAfterMs: number | null;
}

const NAMES =
  'Ada Park,Bruno Keller,Chloé Martin,Deniz Aydin,Elena Rossi,Femi Okoye,Greta Lind,Hiro Tanaka,Ines Costa,Jonas Weber,Kavya Rao,Liam Byrne,Mei Chen,Noor Haddad,Olga Novak,Pedro Silva'.split(
    ',',
  );
const COLOURS = ['#1b6ca8', '#a8461b', '#2f7d4f', '#7a3e9d', '#9d7a1b', '#1b8f8f', '#9d2b4f', '#4f5b9d'];
const colourOf = (index: number) => COLOURS[index % COLOURS.length] ?? '#1b6ca8';

/** The people of a scenario; a mere count becomes people with names and tones 330, 440, 550, … Hz. */
export function peopleOf(scenario: Scenario): Person[] {
  const given = scenario.participants;
  if (typeof given === 'number') {
    return NAMES.slice(0, given).map((name, index) => ({
      id: `person-${index + 1}`,
      name,
      toneHz: 330 + 110 * index,
      colour: colourOf(index),
      isHost: index === 0,
      joinsAfterMs: 0,
      leavesAfterMs: null,
    }));
  }
  return given.map((person, index) => ({
    id: `person-${index + 1}`,
    name: person.name,
    toneHz: person.tone_hz,
    colour: person.colour ?? colourOf(index),
    isHost: person.is_host ?? index === 0,
    joinsAfterMs: person.joins_after_ms,
    leavesAfterMs: person.leaves_after_ms,
  }));
}
