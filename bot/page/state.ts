import type { OverKind, RefusedKind } from './texts.ts';

/** A text that says that the call is over, on a page that still looks like the call. */
export interface Doubt {
  kind: OverKind;
  matched: string;
}

/** A control that leads to the pre-join page, by its text or its selector. */
export type Gate = { text: string } | { css: string };

/** What one reading of the page shows. */
export type PageState =
  /** The page is loading. */
  | { kind: 'splash' }
  /** A button has to be pressed before the pre-join page appears (no devices, no account, go on in the browser). */
  | { kind: 'gate'; gate: Gate }
  | { kind: 'prejoin' }
  /** A dialog asks to agree to recording, transcription and the like, before the call or in it. */
  | { kind: 'consent'; matched: string; inCall: boolean }
  /** `notStarted`: nobody has started the meeting. */
  | { kind: 'lobby'; matched: string; notStarted: boolean }
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
  'bots_wall',
  'not_found',
  'expired',
  'full',
  'meeting_over',
  'join_error',
  'no_connection',
  'registration',
  'web_disabled',
  'passcode_wrong',
  'sign_in',
] satisfies RefusedKind[];

export type OverState = Extract<PageState, { kind: OverKind }>;
export type RefusedState = Extract<PageState, { kind: RefusedKind }>;

/** Whether the page says that the call is over for the bot. */
export function isOver(state: PageState): state is OverState {
  return OVER.includes(state.kind);
}

/** Whether the page says that the bot is refused. */
function isRefused(state: PageState): state is RefusedState {
  return REFUSED.includes(state.kind);
}

/** Whether the page says that the bot is refused, or that the call is over for it. */
export function isTerminal(state: PageState): state is RefusedState | OverState {
  return isRefused(state) || isOver(state);
}
