// Separates the platform's own phrases from everything else on the page, which people may have written. Facts
// of events pass through here, and so does all that is kept of a page when recording is off.
import type { PlatformData } from './data.ts';
import { plain } from './texts.ts';

const REMOVED = '…';
const WORD = /[\p{L}\p{N}]+/gu;

interface Phrase {
  pattern: RegExp;
  vocabulary: Set<string>;
}

const phrases = new WeakMap<PlatformData, Phrase[]>();

function phrasesOf(data: PlatformData): Phrase[] {
  const known = phrases.get(data);
  if (known) return known;
  const { selectors, texts, people } = data;
  /** The labels in selectors such as `button[aria-label^="People" i]`. */
  const labels = [
    ...[selectors.callMarkers, selectors.lobbyMarkers, selectors.leaveButtons, people.openButtons].flat(),
    ...selectors.nameInputs.map(({ css }) => css),
    ...selectors.devices.flatMap(({ turnOff, isOff }) => [...turnOff, ...isOff]),
  ].flatMap((css) => /\[(?:aria-label|placeholder|alt|title)[*^]?="([^"]+)"/.exec(css)?.[1] ?? []);
  const buttons = [
    ...[texts.cancelButtons, texts.consentButtons, texts.gateButtons, texts.leaveConfirmButtons].flat(),
    ...[texts.popupButtons, texts.refusedButtons, texts.deviceCards].flat(),
    ...texts.joinButtons.map(({ text }) => text),
  ];
  const found = [
    ...[texts.lobby, texts.reconnecting, texts.admitted, texts.splash, texts.consent].flat(),
    ...[...texts.over, ...texts.refused].map(({ pattern }) => pattern),
    ...[texts.signInHeading, texts.signInSupport],
  ]
    .map((pattern): Phrase => ({ pattern, vocabulary: new Set(wordsOf(pattern.source)) }))
    .concat(
      [...labels, ...buttons].map(plain).map((phrase) => ({
        pattern: new RegExp(`(?<!\\p{L})${phrase.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?!\\p{L})`, 'iu'),
        vocabulary: new Set(wordsOf(phrase)),
      })),
    );
  phrases.set(data, found);
  return found;
}

/**
 * Replaces everything in a text by "…" that is not a known phrase of the platform. A name within such a
 * phrase is replaced too: "please wait until … brings you into the call".
 */
export function ownWords(text: string, data: PlatformData): string {
  const source = plain(text);
  const own = new Set<number>();
  for (const { pattern, vocabulary } of phrasesOf(data)) {
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
