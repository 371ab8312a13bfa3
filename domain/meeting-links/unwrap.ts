// The redirectors that mail, chat and calendar programs wrap around links. Each hop is decoded exactly once:
// the link inside may carry percent codes of its own, and a Teams link always does.
import { type RefusedLink, refuse } from './link.ts';
import { decodedOnce, isBelow, rawParam, toUrl } from './url-text.ts';

const HOPS_MAX = 5;

/** A redirector that carries its target in a parameter. */
interface Redirector {
  /** The domain; hosts below it too. */
  domain: string;
  path?: RegExp;
  params: readonly string[];
}

const REDIRECTORS: readonly Redirector[] = [
  // Outlook and Teams
  { domain: 'safelinks.protection.outlook.com', params: ['url', 'destination'] },
  { domain: 'safelinks.protection.office365.us', params: ['url', 'destination'] },
  { domain: 'safelinks.protection.partner.outlook.cn', params: ['url', 'destination'] },
  { domain: 'cdn.office.net', path: /safelinks/i, params: ['url'] },
  // Google
  { domain: 'meet.google.com', path: /^\/linkredirect$/i, params: ['dest'] },
  // Mail filters
  { domain: 'urldefense.proofpoint.com', path: /^\/v1\//i, params: ['u'] },
  { domain: 'mimecast.com', params: ['url', 'u'] },
  { domain: 'mimecastprotect.com', params: ['url', 'u'] },
  { domain: 'linkprotect.cudasvc.com', params: ['a'] },
  { domain: 'clicktime.symantec.com', params: ['u'] },
  { domain: 'protect2.fireeye.com', params: ['u'] },
  { domain: 'urlsand.esvalabs.com', params: ['u'] },
  { domain: 'trendmicro.com', path: /clicktime/i, params: ['url'] },
  { domain: 'deref-gmx.net', params: ['redirecturl'] },
  { domain: 'deref-gmx.com', params: ['redirecturl'] },
  { domain: 'deref-mail.com', params: ['redirecturl'] },
  { domain: 'deref-web.de', params: ['redirecturl'] },
  // Chats and networks
  { domain: 'slack-redir.net', params: ['url'] },
  { domain: 'linkedin.com', path: /^\/(?:redir\/|safety\/go)/i, params: ['url'] },
  { domain: 'l.facebook.com', params: ['u'] },
  { domain: 'lm.facebook.com', params: ['u'] },
  { domain: 'facebook.com', path: /^\/(?:l\.php|flx\/warn)/i, params: ['u'] },
  { domain: 'l.messenger.com', params: ['u'] },
  { domain: 'l.instagram.com', params: ['u'] },
  { domain: 'l.workplace.com', params: ['u'] },
  { domain: 'youtube.com', path: /^\/redirect$/i, params: ['q'] },
  { domain: 'out.reddit.com', params: ['url'] },
  { domain: 'vk.com', path: /^\/away\.php$/i, params: ['to'] },
];

/** Links of these hosts do not say where they lead. */
const OPAQUE = ['bit.ly', 't.co', 'lnkd.in', 'tinyurl.com', 'goo.gl', 'ow.ly', 'rebrand.ly', 'buff.ly'];

/** The link inside all redirectors around it, or why it cannot be known. A link without one is returned as it is. */
export function unwrap(wrapped: URL): URL | RefusedLink {
  let current = wrapped;
  for (let hop = 0; hop < HOPS_MAX; hop += 1) {
    const inner = targetOf(current);
    if (inner === undefined) return current;
    const next = inner === null ? null : toUrl(inner.trim());
    if (!next) {
      return refuse(
        'hidden_target',
        `The link of ${current.hostname} does not say where it leads. Open it, and paste the address of the meeting.`,
      );
    }
    if (next.href === current.href) break;
    current = next;
  }
  if (targetOf(current) === undefined) return current;
  return refuse(
    'redirect_loop',
    'The link leads from one redirector to the next. Paste the address of the meeting itself.',
  );
}

/** Where a redirector leads; null when it does not say, undefined when the link is not one of a redirector. */
function targetOf(url: URL): string | null | undefined {
  const host = url.hostname;
  if (/^(?:www\.)?google\.(?:com|[a-z]{2}|com?\.[a-z]{2})$/.test(host) && url.pathname === '/url') {
    return paramOf(url, ['q', 'url']);
  }
  if (
    isBelow(host, 'urldefense.com') ||
    isBelow(host, 'urldefense.us') ||
    host === 'urldefense.proofpoint.com'
  ) {
    if (url.pathname.startsWith('/v3/')) return proofpoint3(url.href);
    if (url.pathname.startsWith('/v2/')) return proofpoint2(url);
  }
  if (host === 'secure-web.cisco.com') {
    const last = decodedOnce(url.pathname.split('/').at(-1) ?? '');
    return /^https?:\/\//i.test(last) ? last + url.search : null;
  }
  if (host === 'protect.checkpoint.com') {
    return /___(.+?)___/.exec(url.href)?.[1] ?? null;
  }
  if (isBelow(host, 'protection.sophos.com')) return base64Text(paramOf(url, ['u']) ?? '');
  const redirector = REDIRECTORS.find(
    ({ domain, path }) => isBelow(host, domain) && (path === undefined || path.test(url.pathname)),
  );
  if (redirector) return paramOf(url, redirector.params);
  return OPAQUE.includes(host.replace(/^www\./, '')) ? null : undefined;
}

function paramOf(url: URL, names: readonly string[]): string | null {
  for (const name of names) {
    const raw = rawParam(url.search, name);
    // Where the link was wrapped without being encoded, its own parameters and fragment stand behind it.
    if (raw !== null && /^https?:\/\/[^?]*(?:\?|$)/i.test(raw) && !/%3f/i.test(raw.split('?')[0] ?? '')) {
      return url.search.slice(url.search.indexOf(raw)) + url.hash;
    }
    if (raw) return decodedOnce(raw);
  }
  return null;
}

/** Proofpoint v2 writes `-` for `%` and `_` for `/`. */
function proofpoint2(url: URL): string | null {
  const raw = rawParam(url.search, 'u');
  return raw === null ? null : decodedOnce(raw.replaceAll('_', '/').replaceAll('-', '%'));
}

const RUN_LENGTHS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/**
 * Proofpoint v3: `__<link>__;<characters>!!…`. Each `*` in the link stands for the next of the characters, and
 * `**` with a letter for a run of them; A means two.
 */
function proofpoint3(href: string): string | null {
  const from = href.indexOf('/v3/__') + 6;
  const to = href.indexOf('__;', from);
  if (from < 6 || to < 0) return null;
  const end = href.indexOf('!', to);
  const characters = [...(base64Text(href.slice(to + 3, end < 0 ? undefined : end)) ?? '')];
  return href.slice(from, to).replace(/\*(?:\*([\w-]))?/g, (star, length?: string) => {
    if (length === undefined) return characters.shift() ?? star;
    return characters.splice(0, RUN_LENGTHS.indexOf(length) + 2).join('');
  });
}

/** The text of a base64 value in either alphabet; null when it is none. */
export function base64Text(value: string): string | null {
  try {
    const bytes = atob(value.replaceAll('-', '+').replaceAll('_', '/').replace(/[=\s]/g, ''));
    return new TextDecoder().decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
  } catch {
    return null;
  }
}
