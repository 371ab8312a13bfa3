// The texts of the Zoom web client and their meaning. Data only: see bot/page/data.ts. Grade B (visible text, the locale
// is pinned to English), observed 2025-06 to 2026-08.
import type { TextsModule } from '../page/assemble.ts';
import { containing, type OverKind, type RefusedKind, type TextRule, whole } from '../page/texts.ts';

const OVER_RULES: readonly TextRule<OverKind>[] = [
  {
    kind: 'removed',
    pattern: whole(
      "you(?:'ve| have)? ?(?:been |were )?removed(?: from (?:the|this) (?:meeting|call|webinar))?(?: by .*)?",
    ),
  },
  { kind: 'removed', pattern: whole('(?:the )?host (?:has )?removed you(?: from .*)?') },
  { kind: 'ended', pattern: whole('(?:this|the) meeting (?:has been|was) ended(?: by (?:the )?host)?') },
  { kind: 'ended', pattern: whole('(?:this|the|your) (?:meeting|webinar) (?:has )?ended(?: .*)?') },
  { kind: 'ended', pattern: whole('(?:the )?meeting is end(?:ed)?(?: now)?') },
  { kind: 'ended', pattern: whole('(?:the )?host (?:has )?ended (?:the|this) meeting(?: for .*)?') },
  { kind: 'left', pattern: whole("you(?:'ve| have)? left the (?:meeting|call|webinar)") },
];

const REFUSED_RULES: readonly TextRule<RefusedKind>[] = [
  { kind: 'bots_wall', pattern: containing('detected you may be a bot') },
  { kind: 'bots_wall', pattern: containing('must use zoom rtms') },
  { kind: 'bots_wall', pattern: containing("automated bots aren't allowed") },
  { kind: 'bots_wall', pattern: containing('authorized user (?:is )?not in (?:the )?meeting') },
  { kind: 'sign_in', pattern: containing('sign in to join this (?:meeting|webinar)') },
  { kind: 'sign_in', pattern: containing('only authenticated users can join') },
  { kind: 'sign_in', pattern: containing('this meeting requires authentication') },
  { kind: 'sign_in', pattern: containing('authentication is required') },
  { kind: 'sign_in', pattern: containing('the host requires authentication') },
  {
    kind: 'sign_in',
    pattern: containing('this meeting is for authorized (?:attendees|participants|registrants)'),
  },
  { kind: 'registration', pattern: containing('(?:meeting|webinar) registration') },
  { kind: 'registration', pattern: containing('register (?:for|to join|in advance)') },
  { kind: 'registration', pattern: containing('registration is required') },
  {
    kind: 'web_disabled',
    pattern: containing(
      '(?:join(?:ing)? from (?:the|your) browser|web client) (?:is|has been) (?:disabled|not (?:allowed|enabled|supported))',
    ),
  },
  {
    kind: 'web_disabled',
    pattern: containing('your organization has disabled access to zoom from the browser'),
  },
  {
    kind: 'passcode_wrong',
    pattern: containing('(?:passcode|password) (?:is )?(?:wrong|incorrect|invalid)'),
  },
  {
    kind: 'passcode_wrong',
    pattern: containing('(?:wrong|incorrect|invalid) (?:meeting )?(?:passcode|password)'),
  },
  {
    kind: 'full',
    pattern: containing(
      '(?:meeting|webinar) (?:is full|has reached (?:its|the|a) (?:maximum|capacity|limit))',
    ),
  },
  {
    kind: 'full',
    pattern: containing('reached (?:its|the) maximum (?:number of )?(?:capacity|participants)'),
  },
  { kind: 'expired', pattern: containing('(?:this|the) (?:meeting )?link (?:has )?expired') },
  { kind: 'expired', pattern: containing('(?:this|the) meeting (?:has )?expired') },
  { kind: 'denied', pattern: containing('(?:the )?host (?:has )?(?:denied|declined|rejected) your request') },
  { kind: 'denied', pattern: containing('(?:you were|you have been) (?:denied|rejected)') },
  { kind: 'denied', pattern: containing("you(?: have|'ve)?(?: been| were)? removed from the waiting room") },
  { kind: 'not_found', pattern: containing('this meeting link is invalid') },
  { kind: 'not_found', pattern: containing('(?:this )?meeting id is (?:invalid|not valid)') },
  { kind: 'not_found', pattern: containing('(?:invalid|wrong) meeting id') },
  { kind: 'not_found', pattern: containing("(?:this )?meeting (?:does not|doesn't) exist") },
  { kind: 'not_found', pattern: containing('^invalid (?:link|url)') },
  { kind: 'no_connection', pattern: containing('your (?:network )?connection has timed out') },
  {
    kind: 'no_connection',
    pattern: containing('(?:fail(?:ed)?|unable) to (?:join|connect to) (?:the )?(?:meeting|server)'),
  },
  { kind: 'no_connection', pattern: containing('joining meeting timeout') },
  { kind: 'blocked', pattern: containing("(?:you are|you're) (?:not allowed|unable) to join this meeting") },
];

const LOBBY_RULES: readonly RegExp[] = [
  containing('(?:the )?(?:meeting )?host will let you in'),
  containing('will let you in(?: soon| shortly)?'),
  containing("we've let (?:them|the host) know you're here"),
  containing("you(?:'re| are) in the waiting room"),
  containing('you will be admitted shortly'),
  containing('waiting for the host to start'),
  containing('(?:the )?host (?:is in|has) another meeting'),
  containing('please wait(?:,| for).{0,60}(?:host|meeting)'),
];

/** The host is elsewhere, or has not come: nobody can admit the bot yet. */
const NOT_STARTED_RULES: readonly RegExp[] = [
  containing('waiting for the host to start'),
  containing('(?:the )?host (?:is in|has) another meeting'),
];

const RECONNECTING_RULES: readonly RegExp[] = [
  containing('\\breconnecting\\b'),
  containing('trying to reconnect'),
  containing('you lost (?:your )?(?:network )?connection'),
  containing('your (?:internet |network )?connection is unstable'),
];

const ALONE_RULES: readonly RegExp[] = [
  whole("you(?:'re| are) the only (?:one|participant)(?: here| in (?:this|the) meeting)?"),
  whole('waiting for others to join(?:\\.\\.\\.)?'),
  whole('no one else is (?:here|in (?:this|the) meeting)'),
];

const SPLASH_RULES: readonly RegExp[] = [
  containing('joining meeting'),
  containing('connecting to the meeting'),
  containing('^loading'),
  containing('^initiali[sz]ing'),
];

const SIGN_IN_HEADING = whole('sign in(?: to zoom)?');
const SIGN_IN_SUPPORT = containing('email address|stay signed in|or sign in with');

/** Lead to the preview page. Without leave to use the devices there is no sound of the meeting. */
const GATE_BUTTONS = [
  'Use microphone and camera',
  'Allow',
  'Join from your browser',
  'Join from Your Browser',
  'Join from browser',
  'Continue without microphone and camera',
  'Continue without audio or video',
  'I Agree',
  'Agree',
];

const POPUP_BUTTONS = ['Got it', 'Got It', 'Dismiss', 'Not now', 'No thanks', 'OK', 'Ok'];

const JOIN_BUTTONS: readonly { text: string; sure: boolean }[] = [
  { text: 'Join', sure: false },
  { text: 'Join Meeting', sure: false },
  { text: 'Ask to join', sure: true },
];

const DEVICE_CARDS = [
  'cannot detect your camera',
  'cannot detect your microphone',
  'your mic is muted',
  'your microphone is muted',
];

const LEAVE_CONFIRM_BUTTONS = ['Leave Meeting', 'Leave meeting', 'Leave'];

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
  DEVICE_CARDS,
  LEAVE_CONFIRM_BUTTONS,
} satisfies TextsModule;
