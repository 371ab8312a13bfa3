// The texts of the Teams web clients and their meaning. Data only: see bot/page/data.ts. Grade B (visible text, the
// locale is pinned to English), observed 2025-06 to 2026-08 unless noted. Two clients show them: the full client (v2)
// and the light client, to which anonymous guests are usually sent.
import type { TextsModule } from '../page/assemble.ts';
import { containing, type OverKind, type RefusedKind, type TextRule, whole } from '../page/texts.ts';

const OVER_RULES: readonly TextRule<OverKind>[] = [
  {
    kind: 'removed',
    pattern: whole("you(?:'ve| have)(?: been| were)? removed from (?:the|this) (?:meeting|call)(?: by .*)?"),
  },
  { kind: 'removed', pattern: whole('you were removed from (?:the|this) (?:meeting|call)(?: by .*)?') },
  { kind: 'removed', pattern: whole('removed from the meeting') },
  {
    kind: 'removed',
    pattern: whole('(?:someone|.{1,80}) (?:has )?removed you from (?:the|this) (?:meeting|call)'),
  },
  { kind: 'removed', pattern: whole('sie wurden (?:aus der besprechung )?entfernt') }, // de
  {
    kind: 'ended',
    pattern: whole('(?:the|this|your) (?:call|meeting) (?:has |was )?ended(?: by .*| for everyone)?'),
  },
  { kind: 'ended', pattern: whole('(?:call|meeting) (?:has )?ended') },
  {
    kind: 'ended',
    pattern: whole('(?:the )?(?:host|organizer) (?:has )?ended the (?:meeting|call)(?: for everyone)?'),
  },
  { kind: 'ended', pattern: whole('an encryption error occurred') },
  { kind: 'ended', pattern: whole('(?:die )?besprechung wurde beendet') }, // de
  { kind: 'ended', pattern: whole('anruf beendet') }, // de
  { kind: 'left', pattern: whole("you(?:'ve| have)? left the (?:meeting|call)") },
];

const REFUSED_RULES: readonly TextRule<RefusedKind>[] = [
  { kind: 'denied', pattern: containing('you were denied access to the meeting') },
  { kind: 'denied', pattern: containing('your request to join (?:was|has been) (?:declined|denied)') },
  { kind: 'denied', pattern: containing('(?:declined|denied) your request to join') },
  { kind: 'no_response', pattern: containing('no ?one responded to your request') },
  { kind: 'no_response', pattern: containing('(?:nobody|no ?one) (?:admitted you|let you in)') },
  // Nine texts of pages that want an account, observed 2026-07.
  { kind: 'sign_in', pattern: containing('we need to verify your info before you can join') },
  { kind: 'sign_in', pattern: containing('to join,? sign in or use teams on the web') },
  { kind: 'sign_in', pattern: containing('you need to be signed in to (?:teams|an account)') },
  { kind: 'sign_in', pattern: containing("if you're not signed in to a teams \\(work or school\\) account") },
  { kind: 'sign_in', pattern: containing('sign in to teams to join') },
  {
    kind: 'sign_in',
    pattern: containing('to join this (?:teams )?meeting, (?:you need to be signed in|sign in again)'),
  },
  { kind: 'sign_in', pattern: containing('due to org policy, you need to sign in') },
  {
    kind: 'sign_in',
    pattern: containing('external participants are not permitted to join before the event begins'),
  },
  {
    kind: 'bots_wall',
    pattern: containing(
      "(?:automated|external) bots? (?:is|are|isn't|aren't) (?:not )?(?:allowed|permitted)",
    ),
  },
  {
    kind: 'full',
    pattern: containing(
      '(?:this|the) meeting (?:is full|has reached (?:its|the) (?:limit|maximum|capacity))',
    ),
  },
  {
    kind: 'expired',
    pattern: containing('(?:this|the) (?:meeting )?link (?:has expired|is no longer valid)'),
  },
  { kind: 'expired', pattern: containing('(?:this|the) meeting has expired') },
  {
    kind: 'passcode_wrong',
    pattern: containing(
      "(?:passcode|password) (?:is |you entered (?:is )?)?(?:incorrect|wrong|invalid|isn't (?:right|correct))",
    ),
  },
  {
    kind: 'passcode_wrong',
    pattern: containing('(?:incorrect|wrong|invalid) (?:meeting )?(?:passcode|password)'),
  },
  { kind: 'not_found', pattern: containing('looks like the meeting url is incorrect') },
  {
    kind: 'not_found',
    pattern: containing("we (?:couldn't|can't|could not) find (?:this|the|your|that) meeting"),
  },
  { kind: 'not_found', pattern: whole('(?:this )?meeting (?:was )?not found') },
  { kind: 'meeting_over', pattern: whole('this (?:meeting|call) has (?:already )?ended') },
  { kind: 'no_connection', pattern: containing("we (?:couldn't|could not) connect you") },
  { kind: 'no_connection', pattern: whole('(?:connection|call) failed(?: .*)?') },
  { kind: 'blocked', pattern: containing("you can(?:'t|not) join this meeting") },
  { kind: 'blocked', pattern: containing('anonymous (?:users|participants|guests) (?:are|is) not allowed') },
  { kind: 'join_error', pattern: whole('(?:unable to join|join failed)(?: .*)?') },
  { kind: 'join_error', pattern: whole('(?:sorry, )?something went wrong(?: .*)?') },
];

const LOBBY_RULES: readonly RegExp[] = [
  containing('(?:someone|people|the organizer|host|they)\\b.{0,40} (?:will|should|can) let you in'),
  containing('let you in (?:shortly|soon)'),
  containing('waiting for (?:someone|the organizer|others|people) to let you in'),
  containing("you(?:'re| are) in the lobby"),
  containing('please wait until (?:someone|.{1,60}) admits you'),
  containing('waiting to be admitted'),
  containing('your request to join has been sent'),
  containing("when the meeting starts, we'll let people know you're waiting"),
  containing("we've let people in the meeting know you're waiting"),
  containing("(?:the meeting|it) hasn't started"),
  containing('hi,? .{0,80}(?:is|are) waiting in the lobby'),
  containing('sie werden in kürze eingelassen'), // de
];

const NOT_STARTED_RULES: readonly RegExp[] = [
  containing('when the meeting starts'),
  containing("(?:the meeting|it) hasn't started"),
];

const RECONNECTING_RULES: readonly RegExp[] = [
  containing('\\breconnecting\\b'),
  containing('trying to reconnect'),
  containing('you lost (?:your )?(?:network )?connection'),
  containing('your connection (?:is|was) (?:lost|interrupted)'),
  containing("(?:we're|we are) (?:having trouble connecting|reconnecting you)"),
];

const ALONE_RULES: readonly RegExp[] = [
  whole("you(?:'re| are) the only one (?:here|in (?:this|the) meeting)"),
  whole('no one else is (?:here|in (?:this|the) (?:call|meeting))'),
  whole('waiting for others to join(?:\\.\\.\\.)?'),
  whole('du bist der einzige .*'), // de
  whole('warten auf andere.*'), // de
];

const SPLASH_RULES: readonly RegExp[] = [
  containing('^loading'),
  containing('^(?:setting|getting) (?:things|up|ready)'),
  containing('^connecting'),
  containing('^joining'),
  whole('just a moment(?:\\.\\.\\.)?'),
];

export const SIGN_IN_HOSTS = [
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.microsoftonline.de',
  'login.partner.microsoftonline.cn',
  'login.microsoft.com',
  'login.live.com',
  'login.windows.net',
];
const SIGN_IN_HEADING = whole('(?:sign in|pick an account|enter password)(?: to .*)?');
const SIGN_IN_SUPPORT = containing('(?:email|phone|skype)|no account\\?|microsoft account');

/** The buttons that lead to the pre-join page: the launcher's, and the answer to a question before and after joining. */
const GATE_BUTTONS = [
  'Continue without audio or video',
  'Continue on this browser',
  'Join meeting from this browser',
  'Join on this browser',
  'Continue in this browser',
  'Use the web app instead',
  'Join on the web instead',
  'Join on the web',
  'Ohne Audio oder Video fortfahren', // de
  'In diesem Browser fortfahren', // de
];

const POPUP_BUTTONS = ['Got it', 'Dismiss', 'Not now', 'Maybe later', 'No thanks'];

const JOIN_BUTTONS: readonly { text: string; sure: boolean }[] = [
  { text: 'Join now', sure: true },
  { text: 'Ask to join', sure: true },
  { text: 'Join meeting', sure: false },
  { text: 'Jetzt teilnehmen', sure: true }, // de
  { text: 'Join', sure: false },
];

const LEAVE_CONFIRM_BUTTONS = ['Leave', 'Leave meeting', 'Leave call', 'Leave now'];

/** All of it, for the engine. */
export const TEXTS = {
  OVER_RULES,
  REFUSED_RULES,
  LOBBY_RULES,
  NOT_STARTED_RULES,
  RECONNECTING_RULES,
  ALONE_RULES,
  SPLASH_RULES,
  SIGN_IN_HEADING,
  SIGN_IN_SUPPORT,
  GATE_BUTTONS,
  POPUP_BUTTONS,
  JOIN_BUTTONS,
  LEAVE_CONFIRM_BUTTONS,
} satisfies TextsModule;
