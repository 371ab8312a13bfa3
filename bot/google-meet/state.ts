import type { OverKind, RefusedKind } from './texts.ts';

/** Signs that the call is over, seen beside a page that still looks like the call. */
export interface Doubt {
  kind: OverKind;
  matched: string;
}

/** What the page is, as far as one look can tell. */
export type MeetState =
  /** Loading; nothing to act on yet. */
  | { kind: 'splash' }
  /** A button has to be pressed before the pre-join page comes (no devices, no account). */
  | { kind: 'gate'; button: string }
  | { kind: 'prejoin' }
  /** Being recorded, transcribed …: asks to agree, before the call or in it. */
  | { kind: 'consent'; matched: string; inCall: boolean }
  | { kind: 'lobby'; matched: string }
  | { kind: 'in_call'; alone: boolean; markers: string[]; doubt: Doubt | null }
  | { kind: 'reconnecting'; matched: string }
  | { kind: 'captcha' }
  /** We do not get in. */
  | { kind: RefusedKind; matched: string }
  /** We were in, or thought so, and are out. */
  | { kind: OverKind; matched: string }
  /** The page did not answer: it navigates, hangs or is gone. */
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

/** The page says that the call is over for us. */
export function isOver(state: MeetState): state is OverState {
  return OVER.includes(state.kind);
}

/** The page says that we do not get in. */
export function isRefused(state: MeetState): state is RefusedState {
  return REFUSED.includes(state.kind);
}
