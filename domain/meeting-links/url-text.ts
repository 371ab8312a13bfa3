// The text of a link: from text to URL, percent codes, parameters as they were written.

const OPENING_MARKS = '<"\'“‘([{`*';
const CLOSING_MARKS = '>"\'”’.,;:!)]}`*';
const NATIVE = /^(?:msteams|zoommtg|zoomus):/i;

/**
 * The text without the quotes, brackets and punctuation that surround a pasted link. Two indices, not
 * a regular expression: `[…]+$` tries every run of marks in the text, which is quadratic. A bracket that
 * the link itself has opened stays: the context of a Teams link ends in one.
 */
export function withoutMarks(text: string): string {
  let start = 0;
  while (start < text.length && OPENING_MARKS.includes(text.charAt(start))) start += 1;
  const bare = withoutClosingMarks(text.slice(start));
  // Markdown's emphasis. A passcode may end in `_`, so it is taken off only where it was opened, too.
  let emphasis = 0;
  while (2 * emphasis + 1 < bare.length && bare.charAt(emphasis) === '_' && bare.at(-1 - emphasis) === '_')
    emphasis += 1;
  return bare.slice(emphasis, bare.length - emphasis);
}

/** The text without the marks at its end that belong to the sentence or the brackets around it. */
export function withoutClosingMarks(text: string): string {
  const ownBrace = text.includes('{');
  let end = text.length;
  while (end > 0 && CLOSING_MARKS.includes(text.charAt(end - 1))) {
    if (ownBrace && text.charAt(end - 1) === '}') break;
    end -= 1;
  }
  return text.slice(0, end);
}

/** The URL of a text with or without a scheme, null when it is none. Links of the installed apps become https links. */
export function toUrl(text: string): URL | null {
  const withScheme = NATIVE.test(text)
    ? httpsOfNative(text)
    : /^[a-z][a-z0-9+.-]{0,20}:\/\//i.test(text) ||
        /^(?:javascript|data|file|mailto|tel|sip|blob):/i.test(text)
      ? text
      : /^[^\s/?#@:.]+(?:\.[^\s/?#@:.]+)+(?:[/?#:@]|$)/.test(text)
        ? `https://${text}`
        : text;
  return URL.canParse(withScheme) ? new URL(withScheme) : null;
}

/** `msteams:/l/…` names no host: it is one of teams.microsoft.com. */
function httpsOfNative(text: string): string {
  const rest = text.slice(text.indexOf(':') + 1);
  if (rest.startsWith('//')) return `https:${rest}`;
  return /^\/?(?:l|meet|_|v2|dl|light-meetings)[/#?]/i.test(rest)
    ? `https://teams.microsoft.com/${rest.replace(/^\//, '')}`
    : `https://${rest.replace(/^\//, '')}`;
}

/** Decodes percent codes once. Codes that are not UTF-8 stay as they are, and so does all else. */
export function decodedOnce(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
}

/** Decodes what was encoded several times, up to three. */
export function decodedFully(text: string): string {
  let current = text;
  for (let times = 0; times < 3; times += 1) {
    const next = decodedOnce(current);
    if (next === current) break;
    current = next;
  }
  return current;
}

/** A parameter of a query string as it was written, with its percent codes; null when it is missing. */
export function rawParam(query: string, name: string): string | null {
  for (const part of query.replace(/^\?/, '').split('&')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).toLowerCase() === name) return part.slice(at + 1);
  }
  return null;
}

/** Whether a second link is hidden in a link: in its path, a parameter, its fragment, encoded or not. */
export function hasSecondUrl(link: string): boolean {
  const rest = decodedFully(link.replace(/^[a-z]+:\/\//i, ''));
  return /:\/\/|:\\\\|https?:\//i.test(rest);
}

/** Whether a host is a domain or lies below it. By labels, so that `zoom.us.evil.example` is not below zoom.us. */
export function isBelow(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}
