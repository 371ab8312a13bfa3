// Controls are known by selectors, and by what they are called: a page may give its button the name "People" by a
// label, by the text of another element, by its own text or by a tooltip.

const BY_LABEL = /^(?:[a-z]+|\[role="(?:button|tab|menuitem)"\])\[aria-label([*^]?)="([^"]+)"/i;

const cache = new WeakMap<readonly string[], string[]>();

/**
 * The names in selectors such as `button[aria-label^="People" i]`, as sources of regular expressions that ignore
 * case: `^people`.
 */
export function namesIn(selectors: readonly string[]): string[] {
  const known = cache.get(selectors);
  if (known) return known;
  const names = selectors.flatMap((css) => {
    const match = BY_LABEL.exec(css);
    if (!match) return [];
    const escaped = (match[2] ?? '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    if (match[1] === '*') return [escaped];
    return [match[1] === '^' ? `^${escaped}` : `^${escaped}$`];
  });
  const unique = [...new Set(names)];
  cache.set(selectors, unique);
  return unique;
}
