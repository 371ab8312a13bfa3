// The platform's texts on the page, without texts of people: a participant named "You've been removed from
// the meeting" must not end a recording.
import type { Snapshot } from './snapshot.ts';
import { LOBBY_RULES, OVER_RULES, type OverKind, plain, REFUSED_RULES, type TextRule } from './texts.ts';

export interface PageText {
  /** The text that matches the first matching rule, in the order of the rules. Null when none matches. */
  first(rules: readonly RegExp[], options?: { toasts?: boolean }): string | null;
  /** As `first`, for the end of the call. Only whole blocks count, and no toasts. */
  over(rules: readonly TextRule<OverKind>[]): { kind: OverKind; matched: string; prominent: boolean } | null;
}

const DECISIVE = [...OVER_RULES, ...REFUSED_RULES].map(({ pattern }) => pattern).concat(LOBBY_RULES);

/** Reads a snapshot's text. Names that would match a rule themselves are removed from it. */
export function readText(snapshot: Snapshot, ownName: string): PageText {
  const misleading = [ownName, ...snapshot.names]
    .map(plain)
    .filter((name) => DECISIVE.some((rule) => rule.test(name)))
    .sort((a, b) => b.length - a.length);
  const blocks = snapshot.blocks
    .map((block) => ({ ...block, text: strike(plain(block.text), misleading) }))
    .filter(({ text }) => text !== '');
  const page = blocks.filter(({ toast }) => !toast).map(({ text }) => text);
  const toasts = blocks.filter(({ toast }) => toast).map(({ text }) => text);
  // A sentence can be spread over several blocks.
  const joined = page.join(' ');

  return {
    first(rules, options = {}) {
      const places = options.toasts ? [...page, joined, ...toasts] : [...page, joined];
      for (const rule of rules) {
        for (const place of places) {
          const match = rule.exec(place);
          // A whole block explains more than the part that matched. The whole page would be too much.
          if (match) return place === joined && !page.includes(joined) ? match[0] : place;
        }
      }
      return null;
    },
    over(rules) {
      for (const { kind, pattern } of rules) {
        const hits = blocks.filter(({ text, toast }) => !toast && pattern.test(text));
        const hit = hits.find(({ prominent }) => prominent) ?? hits[0];
        if (hit) return { kind, matched: hit.text, prominent: hit.prominent };
      }
      return null;
    },
  };
}

function strike(text: string, names: string[]): string {
  let left = text;
  for (const name of names) {
    for (let at = indexOf(left, name); at >= 0; at = indexOf(left, name)) {
      left = `${left.slice(0, at)} ${left.slice(at + name.length)}`;
    }
  }
  return left.replace(/ +/g, ' ').trim();
}

function indexOf(text: string, name: string): number {
  return text.toLowerCase().indexOf(name.toLowerCase());
}
