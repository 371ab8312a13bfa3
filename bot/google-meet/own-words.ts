// Separates the platform's own phrases from everything else on the page, which people may have written. Facts
// of events pass through here, and so does all that is kept of a page when recording is off.
import {
  CALL_MARKERS,
  DEVICES,
  LEAVE_BUTTONS,
  LOBBY_MARKERS,
  NAME_INPUTS,
  PEOPLE_BUTTONS,
} from './selectors.ts';
import {
  ADMITTED_RULES,
  CANCEL_BUTTONS,
  CONSENT_BUTTONS,
  CONSENT_RULES,
  DEVICE_CARDS,
  GATE_BUTTONS,
  JOIN_BUTTONS,
  LEAVE_CONFIRM_BUTTONS,
  LOBBY_RULES,
  OVER_RULES,
  POPUP_BUTTONS,
  plain,
  RECONNECTING_RULES,
  REFUSED_BUTTONS,
  REFUSED_RULES,
  SIGN_IN_HEADING,
  SIGN_IN_SUPPORT,
  SPLASH_RULES,
} from './texts.ts';

const REMOVED = '…';
const WORD = /[\p{L}\p{N}]+/gu;

/** The labels in selectors such as `button[aria-label^="People" i]`. */
const LABELS = [
  ...[CALL_MARKERS, LOBBY_MARKERS, LEAVE_BUTTONS, PEOPLE_BUTTONS].flat(),
  ...NAME_INPUTS.map(({ css }) => css),
  ...DEVICES.flatMap(({ turnOff, isOff }) => [...turnOff, ...isOff]),
].flatMap((css) => /\[(?:aria-label|placeholder|alt)[*^]?="([^"]+)"/.exec(css)?.[1] ?? []);

const BUTTONS = [
  ...[CANCEL_BUTTONS, CONSENT_BUTTONS, GATE_BUTTONS, LEAVE_CONFIRM_BUTTONS].flat(),
  ...[POPUP_BUTTONS, REFUSED_BUTTONS, DEVICE_CARDS].flat(),
  ...JOIN_BUTTONS.map(({ text }) => text),
];

const RULES = [
  ...[LOBBY_RULES, RECONNECTING_RULES, ADMITTED_RULES, SPLASH_RULES, CONSENT_RULES].flat(),
  ...[...OVER_RULES, ...REFUSED_RULES].map(({ pattern }) => pattern),
  ...[SIGN_IN_HEADING, SIGN_IN_SUPPORT],
]
  .map((pattern) => ({ pattern, vocabulary: new Set(wordsOf(pattern.source)) }))
  .concat(
    [...LABELS, ...BUTTONS].map(plain).map((phrase) => ({
      pattern: new RegExp(`(?<!\\p{L})${phrase.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?!\\p{L})`, 'iu'),
      vocabulary: new Set(wordsOf(phrase)),
    })),
  );

/**
 * Replaces everything in a text by "…" that is not a known phrase of the platform. A name within such a
 * phrase is replaced too: "please wait until … brings you into the call".
 */
export function ownWords(text: string): string {
  const source = plain(text);
  const own = new Set<number>();
  for (const { pattern, vocabulary } of RULES) {
    const match = pattern.exec(source);
    for (const { 0: word, index } of match?.[0].matchAll(WORD) ?? []) {
      if (vocabulary.has(word.toLowerCase())) own.add((match?.index ?? 0) + index);
    }
  }
  let kept = '';
  let end = 0;
  for (const { 0: word, index } of source.matchAll(WORD)) {
    const between = source.slice(end, index);
    const isJoined = own.has(index) && kept !== '' && !kept.endsWith(REMOVED);
    if (own.has(index)) kept += (isJoined && /^['. (),+-]+$/.test(between) ? between : kept && ' ') + word;
    else if (!kept.endsWith(REMOVED)) kept += `${kept && ' '}${REMOVED}`;
    end = index + word.length;
  }
  return kept || (source && REMOVED);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(WORD) ?? [];
}
