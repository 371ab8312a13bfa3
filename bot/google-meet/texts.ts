// The texts of Google's page and their meaning. Data only. Matching ignores case and happens after `plain()`.
// A `whole` rule must match an entire block of text, a `containing` rule any part of it. Rules that end a
// call are `whole`, since people write texts too. All are grade B (see selectors.ts): the locale is pinned to
// English. Observed 2025-06 to 2026-08.

import type { TextsModule } from '../page/assemble.ts';
import { containing, type OverKind, type RefusedKind, type TextRule, whole } from '../page/texts.ts';

/** The call is over for the bot. "Return to home screen" is not here, since the lobby has it too. */
const OVER_RULES: readonly TextRule<OverKind>[] = [
  {
    kind: 'removed',
    pattern: whole("you(?:'ve| have) been removed from (?:the|this) (?:meeting|call)(?: by .*)?"),
  },
  { kind: 'removed', pattern: whole('you were removed from (?:the|this) (?:meeting|call)(?: by .*)?') },
  {
    kind: 'ended',
    pattern: whole('(?:your|the) (?:host|organizer) (?:has )?ended the (?:meeting|call)(?: for everyone)?'),
  },
  { kind: 'ended', pattern: whole('(?:the|this|your) (?:call|meeting) (?:has |was )?ended') },
  { kind: 'ended', pattern: whole('(?:call|meeting) (?:has )?ended') },
  { kind: 'left', pattern: whole("you(?:'ve)? left the (?:meeting|call)") },
];

/** The bot is refused. The first rule that matches decides the reason, so precise rules come first. */
const REFUSED_RULES: readonly TextRule<RefusedKind>[] = [
  { kind: 'no_response', pattern: containing('no ?one responded to your request to join') },
  { kind: 'no_response', pattern: containing('niemand hat auf ihre teilnahmeanfrage geantwortet') },
  { kind: 'denied', pattern: containing('denied your request') },
  { kind: 'denied', pattern: containing('your request to join (?:was|has been) (?:denied|declined)') },
  { kind: 'denied', pattern: containing('you (?:were|have been) denied') },
  { kind: 'denied', pattern: containing("you (?:weren't|were not|aren't|are not) (?:allowed|admitted)") },
  { kind: 'denied', pattern: containing('\\bnot (?:allowed to join|admitted)\\b') },
  { kind: 'denied', pattern: containing("can(?:'t|not) join this call") },
  { kind: 'blocked', pattern: containing("you can(?:'t|not) join this (?:video call|meeting)") },
  { kind: 'blocked', pattern: containing('there (?:is|was) a problem connecting to this video call') },
  { kind: 'blocked', pattern: containing('your sign-in credentials might have changed') },
  { kind: 'not_found', pattern: containing('check your meeting code') },
  { kind: 'not_found', pattern: containing('invalid video call name') },
  { kind: 'not_found', pattern: containing('your meeting code has expired') },
  { kind: 'not_found', pattern: containing("the meeting code you entered (?:doesn't|does not) work") },
  { kind: 'not_found', pattern: whole('(?:this )?(?:meeting|video call) (?:was )?not found') },
  // In the call this text means the end (above). Before the call it means that there is nothing to join.
  { kind: 'meeting_over', pattern: whole('this (?:meeting|call|video call) has ended') },
  { kind: 'join_error', pattern: containing('we encountered a problem joining') },
  { kind: 'join_error', pattern: whole('(?:unable to join|access denied)(?: .*)?') },
];

/** Buttons that exist only after a refusal. */
const REFUSED_BUTTONS = ['Ask to join again'];

const LOBBY_RULES: readonly RegExp[] = [
  // About the bot itself. In the call, the page says that somebody else "is asking to join".
  containing('(?<!\\b(?:is|are) )asking to (?:be let in|join)'),
  containing('your request to join'),
  containing('please wait until .{0,60}(?:brings|admits|lets) you'),
  containing('when someone lets you in'),
  containing('waiting for the (?:meeting )?host'),
  containing("you're in the waiting room"),
  containing('instead of waiting to be let in'),
  containing('bitte warten sie, bis sie vom organisator'), // de
];

/** Nobody has started the meeting. */
const NOT_STARTED_RULES: readonly RegExp[] = [
  containing('waiting for the (?:meeting )?host to (?:join|start)'),
];

/** Leaves the lobby. Elsewhere this button exists only in dialogs. */
const CANCEL_BUTTONS = ['Cancel'];

/** The page restores its connection. That is not an end, whatever else the page stops showing. */
const RECONNECTING_RULES: readonly RegExp[] = [
  containing('you lost your network connection'),
  containing('trying to reconnect'),
  whole('reconnecting(?:\\.\\.\\.)?'),
  containing('tentando reconectar'), // pt
  containing('intentando reconectar'), // es
];

/** Nobody else is in the call. The pre-join page says so too. */
const ALONE_RULES: readonly RegExp[] = [
  whole('no one else is (?:here|in (?:this|the) (?:call|meeting))'),
  whole("you're the only one (?:here|in (?:this|the) (?:call|meeting))"),
  whole('waiting for others(?: to join)?(?:\\.\\.\\.)?'),
];

/** Shows admission, but only together with a button to leave the call. */
const ADMITTED_RULES: readonly RegExp[] = [
  ...ALONE_RULES,
  containing('you have joined the call'),
  containing("you(?:'ve| have) been admitted"),
  containing('other (?:person|people) in the call'),
  containing('people in the call'),
  containing('du nimmst an diesem anruf teil'), // de
];

const SPLASH_RULES: readonly RegExp[] = [containing('^getting ready'), containing('^loading')];

export const SIGN_IN_HOSTS = ['accounts.google.com'];
const SIGN_IN_HEADING = whole('sign in');
const SIGN_IN_SUPPORT = containing('your google account|to continue to google meet');

/** The buttons that pass dialogs before the pre-join page. */
const GATE_BUTTONS = [
  'Continue without microphone and camera',
  'Continue without microphone',
  'Continue without camera',
  'Ohne Mikrofon und Kamera fortfahren',
  'Use without an account',
];

const POPUP_BUTTONS = ['Got it', 'Dismiss'];

/** Texts of cards about a missing device, which are closed with the button beside them. */
const DEVICE_CARDS = [
  'microphone not found',
  'camera not found',
  'make sure your microphone',
  'make sure your camera',
  'mikrofonproblem',
  'kameraproblem',
];

/** The buttons that ask to join, best first. `sure`: exists only on the pre-join page. */
const JOIN_BUTTONS: readonly { text: string; sure: boolean }[] = [
  { text: 'Ask to join', sure: true },
  { text: 'Join now', sure: true },
  { text: 'Ask to join anyway', sure: true },
  { text: 'Join anyway', sure: true },
  { text: 'Join here too', sure: true },
  { text: 'Join the call now', sure: true },
  { text: 'Switch here', sure: true },
  { text: 'Teilnahme erbitten', sure: true },
  { text: 'Jetzt teilnehmen', sure: true },
  { text: 'Trotzdem teilnehmen', sure: true },
  { text: 'Pedir para participar', sure: true },
  { text: 'Participar agora', sure: true },
  { text: "Sol·licita unir-t'hi", sure: true },
  { text: 'Kérvényezés a csatlakozásra', sure: true },
  { text: 'Join meeting', sure: false },
  { text: 'Enter meeting', sure: false },
  { text: 'Join', sure: false },
];

/** Answers to the question after "Leave call", in meetings that a guest could end for everyone. */
const LEAVE_CONFIRM_BUTTONS = [
  'Just leave the call',
  'Just leave the meeting',
  'Leave call',
  'Leave meeting',
];

/** All of it, for the engine. */
export const TEXTS = {
  OVER_RULES,
  REFUSED_RULES,
  REFUSED_BUTTONS,
  LOBBY_RULES,
  NOT_STARTED_RULES,
  CANCEL_BUTTONS,
  RECONNECTING_RULES,
  ALONE_RULES,
  ADMITTED_RULES,
  SPLASH_RULES,
  SIGN_IN_HEADING,
  SIGN_IN_SUPPORT,
  GATE_BUTTONS,
  POPUP_BUTTONS,
  DEVICE_CARDS,
  JOIN_BUTTONS,
  LEAVE_CONFIRM_BUTTONS,
} satisfies TextsModule;
