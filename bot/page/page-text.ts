// The platform's texts on the page, without texts of people: a participant named "You've been removed from
// the meeting" must not end a recording.
import type { PlatformData } from './data.ts';
import type { Snapshot } from './snapshot.ts';
import { type OverKind, plain, type TextRule } from './texts.ts';

export interface PageText {
  /** The text that matches the first matching rule, in the order of the rules. Null when none matches. */
  first(rules: readonly RegExp[], options?: { toasts?: boolean }): string | null;
  /** As `first`, for the end of the call. Only whole blocks count, and no toasts. */
  over(rules: readonly TextRule<OverKind>[]): { kind: OverKind; matched: string; prominent: boolean } | null;
}

const decisive = new WeakMap<PlatformData, RegExp[]>();

/** The rules by which a text can end the call or the try to join. */
function decisiveOf(data: PlatformData): RegExp[] {
  const known = decisive.get(data);
  if (known) return known;
  const { over, refused, lobby } = data.texts;
  const rules = [...over, ...refused].map(({ pattern }) => pattern).concat(lobby);
  decisive.set(data, rules);
  return rules;
}

/** Reads a snapshot's text. Names that would match a rule themselves are removed from it. */
export function readText(snapshot: Snapshot, ownName: string, data: PlatformData): PageText {
  const rules = decisiveOf(data);
  const misleading = [ownName, ...snapshot.names]
    .map(plain)
    .filter((name) => rules.some((rule) => rule.test(name)))
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
