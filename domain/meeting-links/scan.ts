// Finds every meeting in a text: links with and without a scheme, glued to words or in Markdown, and meeting IDs
// that are only said. Takes time linear in the length of the text.
import { idsIn, passcodesIn, platformOfId } from './invitation.ts';
import type { LinkOptions, MeetingLink, ParsedMeetingLink, RefusedLink } from './link.ts';
import { numbered as teamsNumbered } from './microsoft-teams.ts';
import { parseOneLink } from './one-link.ts';
import { plainText } from './plain-text.ts';
import { numbered as zoomNumbered } from './zoom.ts';

export interface FoundMeeting {
  link: MeetingLink;
  /** What it was found as. */
  text: string;
  at: number;
  /** Named by the calendar itself as the place of the meeting, not just mentioned. */
  isStructured: boolean;
}

export interface FoundRefusal {
  text: string;
  refusal: RefusedLink;
}

export interface Found {
  /** One per meeting, in the order of the text. */
  meetings: FoundMeeting[];
  /** Links of meeting platforms that a bot cannot join. */
  refused: FoundRefusal[];
  /** Links to anything else. */
  unknown: FoundRefusal[];
}

/** More links are not looked at: a text of hundreds of links is no invitation. */
const LINKS_MAX = 500;

const HOSTS = [
  'meet\\.google\\.com',
  'teams\\.(?:microsoft\\.com|live\\.com|cloud\\.microsoft|microsoft\\.us|microsoftonline\\.cn)',
  'zoom\\.(?:us|com\\.cn|com)',
  'zoomgov\\.com',
  'zoom-x\\.de',
].join('|');
const START = new RegExp(
  `https?:\\/\\/|(?:zoommtg|zoomus|msteams):\\/?|(?<![\\w.@/%-])(?:[\\w-]{1,63}\\.){0,5}(?:${HOSTS})\\/`,
  'gi',
);
const DELIMITER = /[\s<>"'`|\\^\u201c\u201d\u3000-\u303f\uff00-\uff0f]/g;
const STRUCTURED =
  /(?:^|\n)(?:X-GOOGLE-CONFERENCE|X-MICROSOFT-SKYPETEAMSMEETINGURL|CONFERENCE)[^\n]{0,200}$/i;
const HELPERS = new Set(['helper_link', 'dial_in']);

/** Everything in a pasted text that is a meeting, or looks like one. Never throws. */
export function scanMeetings(pasted: string, options: LinkOptions): Found {
  const text = plainText(pasted);
  const found: FoundMeeting[] = [];
  const refused = new Map<string, FoundRefusal>();
  const unknown = new Map<string, FoundRefusal>();
  let links = 0;
  for (const { at, link: piece } of linksIn(text)) {
    links += 1;
    if (links > LINKS_MAX) break;
    const parsed = parseOneLink(piece, options);
    if (parsed.ok) {
      const isStructured = STRUCTURED.test(text.slice(Math.max(0, at - 220), at));
      found.push({ link: parsed.link, text: piece, at, isStructured });
    } else {
      const isOther = parsed.problem === 'unknown_meeting_host' || parsed.problem === 'not_a_url';
      (isOther ? unknown : refused).set(piece, { text: piece, refusal: parsed });
    }
  }
  addSaidIds(text, found);
  giveNextWords(text, found);
  givePasscodes(text, found);
  const meetings = oneEach(found);
  const problems = [...refused.values()];
  return {
    meetings,
    // Every invitation has links that help; they are worth a word only when there is nothing else.
    refused: meetings.length === 0 ? problems : problems.filter((it) => !HELPERS.has(it.refusal.problem)),
    unknown: [...unknown.values()],
  };
}

function* linksIn(text: string): Generator<{ at: number; link: string }> {
  const start = new RegExp(START);
  for (let match = start.exec(text); match; match = start.exec(text)) {
    const end = endOf(text, match.index);
    const link = text.slice(match.index, end);
    start.lastIndex = Math.max(end, start.lastIndex);
    yield { at: match.index, link };
  }
}

/** Where a link ends: at a blank or a mark, at a bracket that the link did not open, or where the next link is glued on. */
function endOf(text: string, from: number): number {
  const delimiter = new RegExp(DELIMITER);
  delimiter.lastIndex = from;
  let end = delimiter.exec(text)?.index ?? text.length;
  // A decoded Teams link has its context as JSON, with quotes and maybe blanks.
  if (/context=\{$/i.test(text.slice(Math.max(from, end - 20), end))) {
    const close = text.slice(end, end + 500).indexOf('}');
    if (close >= 0) {
      delimiter.lastIndex = end + close + 1;
      end = delimiter.exec(text)?.index ?? text.length;
    }
  }
  const link = text.slice(from, end);
  const glued = /[^=_:%&?#/]https?:\/\//i.exec(link.slice(8));
  const bracket = firstForeignBracket(glued ? link.slice(0, 8 + glued.index + 1) : link);
  const isEmphasised = text.charAt(from - 1) === '_' && link.charAt(bracket - 1) === '_';
  return from + bracket - (isEmphasised ? 1 : 0);
}

/** The index of the first closing bracket that has no opening one before it; the length when there is none. */
function firstForeignBracket(link: string): number {
  const open = { ')': 0, ']': 0, '}': 0 };
  for (let at = 0; at < link.length; at += 1) {
    const char = link.charAt(at);
    if (char === '(') open[')'] += 1;
    else if (char === '[') open[']'] += 1;
    else if (char === '{') open['}'] += 1;
    else if (char === ')' || char === ']' || char === '}') {
      if (open[char] === 0) return at;
      open[char] -= 1;
    }
  }
  return link.length;
}

/** A meeting of which only the number is known, on the platform's main host. */
export function byNumber(platform: 'microsoft-teams' | 'zoom', digits: string): ParsedMeetingLink {
  return platform === 'zoom'
    ? zoomNumbered(digits, '', { origin: 'https://app.zoom.us', isLab: false })
    : teamsNumbered(digits, '', { origin: 'https://teams.microsoft.com', isLab: false });
}

/** Adds meetings that are only said: "Meeting ID: 234 567 890 123 4". Where a platform's link is there, the ID is its. */
function addSaidIds(text: string, found: FoundMeeting[]): void {
  const withLinks = new Set(found.map(({ link }) => link.platform));
  for (const { at, value, text: words } of idsIn(text).slice(0, LINKS_MAX)) {
    const platform = platformOfId(text, value);
    if (withLinks.has(platform)) continue;
    const parsed = byNumber(platform, value);
    if (parsed.ok) found.push({ link: parsed.link, text: words, at, isStructured: false });
  }
  found.sort((one, other) => one.at - other.at);
}

/** A link and one word with a digit on a line of their own: the passcode, without a word about it. */
function giveNextWords(text: string, found: FoundMeeting[]): void {
  for (const meeting of found) {
    const { link, at } = meeting;
    const behind = text.slice(at + meeting.text.length, at + meeting.text.length + 40);
    const word = /^[ \t]{1,3}(?=\S{0,11}\d)([A-Za-z0-9]{4,12})[ \t]*(?:[\r\n]|$)/.exec(behind)?.[1];
    if (word !== undefined && !carriesPasscode(link)) meeting.link = withPasscode(link, word);
  }
}

/** Gives each passcode to the meeting before it, or to the first. */
function givePasscodes(text: string, found: FoundMeeting[]): void {
  let next = 0;
  for (const { at, value } of passcodesIn(text)) {
    while (next < found.length && (found[next]?.at ?? 0) <= at) next += 1;
    const meeting = found[Math.max(0, next - 1)];
    if (meeting) meeting.link = withPasscode(meeting.link, value);
  }
}

const NO_TEAMS_PASSCODE = /#\/meet\/(\d+)\?anon=true$/;

/**
 * The link with a passcode that was given beside it. Zoom wants it typed; a short link of Teams carries it.
 * A link that has its passcode keeps it.
 */
export function withPasscode(link: MeetingLink, passcode: string): MeetingLink {
  if (link.platform === 'zoom') return link.passcode === null ? { ...link, passcode } : link;
  if (link.platform === 'google-meet') return link;
  const digits = NO_TEAMS_PASSCODE.exec(link.joinUrl)?.[1];
  if (digits === undefined) return link;
  const { origin } = new URL(link.joinUrl);
  const parsed = teamsNumbered(digits, passcode, { origin, isLab: link.key.startsWith('lab:') });
  return parsed.ok ? parsed.link : link;
}

/** Whether nobody has to type a passcode. */
export function carriesPasscode({ joinUrl }: MeetingLink): boolean {
  return /[?&](?:pwd|p|password)=/.test(joinUrl);
}

/** The spellings of one meeting as one: the one that says most, with the passcode of any. */
function oneEach(found: readonly FoundMeeting[]): FoundMeeting[] {
  const byKey = new Map<string, FoundMeeting>();
  for (const meeting of found) {
    const other = byKey.get(meeting.link.key);
    if (!other) {
      byKey.set(meeting.link.key, { ...meeting });
      continue;
    }
    const saysMore =
      Number(carriesPasscode(meeting.link)) - Number(carriesPasscode(other.link)) ||
      meeting.link.joinUrl.length - other.link.joinUrl.length;
    const best = saysMore > 0 ? meeting : other;
    const passcode = other.link.passcode ?? meeting.link.passcode;
    const isStructured = other.isStructured || meeting.isStructured;
    byKey.set(meeting.link.key, { ...best, at: other.at, isStructured, link: { ...best.link, passcode } });
  }
  return [...byKey.values()];
}
