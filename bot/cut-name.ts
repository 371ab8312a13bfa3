// Pages cut long names.

/** So many characters of a name that was cut without a word, or with dots, say whose it is. */
const ENOUGH = 12;
const ENOUGH_WITH_DOTS = 6;

/** Whether a name that a page shows is `own`, whole or cut. Both have to be normalised alike. */
export function isNameShown(shown: string, own: string): boolean {
  if (shown === own) return true;
  const cut = shown.replace(/\s*(?:\.{3}|…)$/, '');
  const enough = cut === shown ? ENOUGH : ENOUGH_WITH_DOTS;
  return cut.length >= enough && cut.length < own.length && own.startsWith(cut);
}
