// What a meeting link is, and what is said when a link is none. The folder turns whatever people paste
// into the one link that a bot opens. All of it is pure: nothing here ever fetches.
//
//   parse.ts      the entry: the one meeting of a pasted text
//   scan.ts       finds every meeting in a text: invitations, HTML, calendar files
//   one-link.ts   parses one link: unwrap.ts, then the platform's own file
//   origins.ts    where the bot's browser may navigate

export const MEETING_PLATFORMS = ['google-meet', 'microsoft-teams', 'zoom'] as const;
export type MeetingPlatform = (typeof MEETING_PLATFORMS)[number];

export interface MeetingLink {
  platform: MeetingPlatform;
  /** The link that a bot opens. */
  joinUrl: string;
  /** Identifies the meeting: two spellings of one link have the same key. */
  key: string;
  /** The bot's browser may navigate to these only: an origin, or `https://*.domain` for all hosts below a domain. */
  allowedOrigins: string[];
  /** A passcode that somebody has to type. Null when none was given, or when the link carries it. */
  passcode: string | null;
  /** Sentences for the user: what may keep the bot out, and what was left out of the link. */
  warnings: string[];
}

export type MeetingLinkProblem =
  | 'not_a_url'
  | 'link_too_long'
  /** Not a host of a meeting platform; look-alikes too. */
  | 'unknown_meeting_host'
  /** Credentials, a port, or a second link inside. */
  | 'unsafe_link'
  /** A redirector that does not say where it leads. */
  | 'hidden_target'
  /** Redirectors without end. */
  | 'redirect_loop'
  | 'landing_page'
  | 'lookup_link'
  | 'legacy_link'
  | 'helper_link'
  | 'dial_in'
  | 'registration_required'
  | 'recording_link'
  | 'host_link'
  | 'unsupported_livestream'
  | 'truncated_link'
  | 'invalid_meeting_id'
  /** Digits where Microsoft Teams has the id of a thread. */
  | 'numeric_meeting_id'
  | 'invalid_passcode'
  /** A meeting ID, without a word about the platform. */
  | 'bare_meeting_id'
  /** On a meeting platform, but not a meeting. */
  | 'not_a_meeting';

export interface RefusedLink {
  ok: false;
  problem: MeetingLinkProblem;
  message: string;
}

export type ParsedMeetingLink = { ok: true; link: MeetingLink } | RefusedLink;

export interface LinkOptions {
  /** Origin of a lab server, whose links count as links of the platform whose paths they have. */
  labOrigin?: string | undefined;
  /** Whose meeting it is, when the user has said so: a bare meeting ID does not. */
  platform?: MeetingPlatform | undefined;
}

/** Where a link belongs: the origin that its join link gets, and whether that is the lab. */
export interface Place {
  origin: string;
  isLab: boolean;
}

/** A refusal. The message says what the user can do. */
export function refuse(problem: MeetingLinkProblem, message: string): RefusedLink {
  return { ok: false, problem, message };
}

/** The key of a meeting at a place. A lab's meetings have nothing to do with those of the real platform. */
export function keyAt({ origin, isLab }: Place, key: string): string {
  return isLab ? `lab:${new URL(origin).host}:${key}` : key;
}
