import type { OverKind, RefusedKind } from './texts.ts';

/** A text that says that the call is over, on a page that still looks like the call. */
export interface Doubt {
  kind: OverKind;
  matched: string;
}

/** What one reading of the page shows. */
export type MeetState =
  /** The page is loading. */
  | { kind: 'splash' }
  /** A button has to be pressed before the pre-join page appears (no devices, no account). */
  | { kind: 'gate'; button: string }
  | { kind: 'prejoin' }
  /** A dialog asks to agree to recording, transcription and the like, before the call or in it. */
  | { kind: 'consent'; matched: string; inCall: boolean }
  | { kind: 'lobby'; matched: string }
  | { kind: 'in_call'; alone: boolean; markers: string[]; doubt: Doubt | null }
  | { kind: 'reconnecting'; matched: string }
  | { kind: 'captcha' }
  /** The bot is refused. */
  | { kind: RefusedKind; matched: string }
  /** The call is over for the bot. */
  | { kind: OverKind; matched: string }
  /** The page did not answer: it is navigating, hangs or is gone. */
  | { kind: 'unreadable' }
  | { kind: 'unknown' };

const OVER: readonly string[] = ['removed', 'left', 'ended'] satisfies OverKind[];
const REFUSED: readonly string[] = [
  'denied',
  'no_response',
  'blocked',
  'not_found',
  'meeting_over',
  'join_error',
  'sign_in',
] satisfies RefusedKind[];

export type OverState = Extract<MeetState, { kind: OverKind }>;
export type RefusedState = Extract<MeetState, { kind: RefusedKind }>;

/** Whether the page says that the call is over for the bot. */
export function isOver(state: MeetState): state is OverState {
  return OVER.includes(state.kind);
}

/** Whether the page says that the bot is refused. */
export function isRefused(state: MeetState): state is RefusedState {
  return REFUSED.includes(state.kind);
}
