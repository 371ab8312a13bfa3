// What a text holds, for a person who wants to know before booking.
import type { LinkOptions, MeetingLink } from './link.ts';
import { parseMeetingLink } from './parse.ts';
import { carriesPasscode, type FoundRefusal, scanMeetings } from './scan.ts';

export interface Inspected {
  meetings: { link: MeetingLink; text: string; passcode: 'in the link' | 'given' | null }[];
  refused: FoundRefusal[];
}

/** Each list has at most this many entries. */
const LIST_MAX = 50;
/** A refused link is shown up to here. */
const TEXT_MAX = 500;
/** A host that wants to be taken for a meeting platform. */
const LOOK_ALIKE = /zoom|meet\.google|teams\.|xn--/i;

/**
 * Every meeting of a text, and the links that no bot can join. Links to anything else are left out, unless the
 * text is nothing but such a link, or its host imitates a meeting platform.
 */
export function inspectText(pasted: string, options: LinkOptions): Inspected {
  const text = pasted.trim();
  const whole = parseMeetingLink(text, options);
  const { meetings, refused, unknown } = scanMeetings(text, options);
  // The bare code of a Google Meet, and a lab's link without a scheme, are no links to a scan.
  if (whole.ok && meetings.length === 0)
    meetings.push({ link: whole.link, text, at: 0, isStructured: false });
  const imitations = unknown.filter(
    ({ text: link, refusal }) =>
      link === text || (refusal.problem !== 'not_a_url' && LOOK_ALIKE.test(hostIn(link))),
  );
  const all = [...refused, ...imitations];
  const isAbout = !whole.ok && (whole.problem === 'bare_meeting_id' || !/\s/.test(text));
  if (isAbout && whole.problem !== 'not_a_url' && meetings.length === 0 && all.length === 0) {
    all.push({ text, refusal: whole });
  }
  return {
    meetings: meetings.slice(0, LIST_MAX).map(({ link, text: found }) => ({
      link,
      text: found,
      passcode: carriesPasscode(link) ? 'in the link' : link.passcode === null ? null : 'given',
    })),
    refused: all.slice(0, LIST_MAX).map((it) => ({ ...it, text: it.text.slice(0, TEXT_MAX) })),
  };
}

function hostIn(link: string): string {
  return URL.canParse(link) ? new URL(link).hostname : '';
}
