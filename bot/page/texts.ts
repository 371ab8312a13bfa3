// How the texts of a page are compared. Matching ignores case and happens after `plain()`.

/** Normalises a text for comparison: one kind of apostrophe, dots for an ellipsis, single spaces. */
export function plain(text: string): string {
  return text
    .replace(/[\u2018\u2019\u02BC\u2032\u00B4`]/g, "'")
    .replace(/\u2026/g, '...')
    .replace(/[\s\u00A0\u200B\uFEFF]+/g, ' ')
    .trim();
}

/** The call is over for the bot. */
export type OverKind = 'removed' | 'left' | 'ended';
/** The bot is refused. */
export type RefusedKind =
  | 'denied'
  | 'no_response'
  | 'blocked'
  | 'bots_wall'
  | 'not_found'
  | 'expired'
  | 'full'
  | 'meeting_over'
  | 'join_error'
  | 'no_connection'
  | 'registration'
  | 'web_disabled'
  | 'passcode_wrong'
  | 'sign_in';

export interface TextRule<Kind> {
  kind: Kind;
  pattern: RegExp;
}

/** Matches an entire block of text. Rules that end a call are such, since people write texts too. */
export const whole = (source: string) => new RegExp(`^(?:${source})[.!]?$`, 'i');
/** Matches any part of a text. */
export const containing = (source: string) => new RegExp(source, 'i');
