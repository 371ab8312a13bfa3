// The reasons for a change of status. For clients `sub_code` is an open set, to which we
// may add; these are the current ones. Category and retryability are decided here and
// nowhere else.

export const REASON_CATEGORIES = [
  'capacity',
  'launch',
  'admission',
  'auth',
  'meeting',
  'policy',
  'user',
  'infra',
  'media',
] as const;

export type ReasonCategory = (typeof REASON_CATEGORIES)[number];

export interface Reason {
  category: ReasonCategory;
  /** A new attempt may succeed and does no harm. */
  retryable: boolean;
  /** One sentence for a person. */
  text: string;
}

/** The reasons Meeboter gives, by `sub_code`. */
export const REASONS = {
  // normal progress
  booked: { category: 'user', retryable: false, text: 'The bot was booked.' },
  due: { category: 'user', retryable: false, text: 'The start time has come.' },
  slot_acquired: { category: 'capacity', retryable: false, text: 'A slot was free.' },
  claimed: { category: 'launch', retryable: false, text: 'The runtime started and claimed the bot.' },
  knocked: { category: 'admission', retryable: false, text: 'The bot asked to join.' },
  admitted: { category: 'admission', retryable: false, text: 'The bot is in the call.' },
  finished: { category: 'media', retryable: false, text: 'Everything was uploaded.' },

  // reasons to leave a call (also end reasons)
  user_requested: { category: 'user', retryable: false, text: 'You asked the bot to leave.' },
  everyone_left: { category: 'meeting', retryable: false, text: 'Everybody else had left.' },
  nobody_joined: { category: 'meeting', retryable: false, text: 'Nobody else joined in time.' },
  only_bots: {
    category: 'meeting',
    retryable: false,
    text: 'Only bots and note takers were left in the call.',
  },
  silence: { category: 'meeting', retryable: false, text: 'Nobody was heard for too long.' },
  max_duration: {
    category: 'policy',
    retryable: false,
    text: 'The maximum duration of the stay was reached.',
  },
  end_time: { category: 'policy', retryable: false, text: 'The latest moment of the booking was reached.' },
  meeting_ended: { category: 'meeting', retryable: false, text: 'The meeting was ended.' },
  removed: { category: 'meeting', retryable: false, text: 'Somebody removed the bot from the call.' },
  shutdown: { category: 'infra', retryable: true, text: 'The machine asked the bot to stop.' },

  // a recording that failed
  nothing_arrived: {
    category: 'media',
    retryable: false,
    text: 'Nothing of the recording reached the object store.',
  },
  upload_gone: {
    category: 'media',
    retryable: false,
    text: 'The object store has deleted the upload of the recording.',
  },
  parts_refused: {
    category: 'media',
    retryable: false,
    text: 'The object store refused to make one file of the parts of the recording.',
  },
  store_unavailable: {
    category: 'infra',
    retryable: false,
    text: 'The object store could not finish the recording for too long.',
  },

  // cancelled before the call
  cancelled_by_user: { category: 'user', retryable: false, text: 'You cancelled the bot.' },

  // edited before the knock
  rescheduled: { category: 'user', retryable: true, text: 'You moved the booking to another time.' },

  // not admitted
  denied: {
    category: 'admission',
    retryable: false,
    text: 'Somebody in the call denied the request to join.',
  },
  waiting_room_timeout: {
    category: 'admission',
    retryable: false,
    text: 'Nobody admitted the bot within the waiting room timeout.',
  },
  no_response: { category: 'admission', retryable: false, text: 'Nobody responded to the request to join.' },
  blocked_by_platform: {
    category: 'policy',
    retryable: false,
    text: 'The meeting platform refused the bot.',
  },
  meeting_not_found: { category: 'meeting', retryable: false, text: 'There is no such meeting.' },
  sign_in_required: { category: 'auth', retryable: false, text: 'The meeting admits signed-in guests only.' },
  captcha: { category: 'auth', retryable: false, text: 'The meeting platform asked for a captcha.' },
  meeting_full: { category: 'meeting', retryable: false, text: 'The meeting has no room for another guest.' },
  meeting_expired: { category: 'meeting', retryable: false, text: 'The meeting or its link has expired.' },
  host_not_started: {
    category: 'meeting',
    retryable: false,
    text: 'Nobody started the meeting within the waiting room timeout.',
  },
  passcode_required: {
    category: 'auth',
    retryable: false,
    text: 'The meeting asks for a passcode, and the booking has none.',
  },
  passcode_wrong: { category: 'auth', retryable: false, text: 'The meeting refused the passcode.' },
  registration_required: {
    category: 'auth',
    retryable: false,
    text: 'The meeting admits registered guests only.',
  },
  web_client_disabled: {
    category: 'policy',
    retryable: false,
    text: 'The account of the host lets guests join with the app only, not in a browser.',
  },
  bots_not_allowed: {
    category: 'policy',
    retryable: false,
    text: 'The meeting platform does not let automated guests into this meeting.',
  },

  // faults
  join_failed: {
    category: 'launch',
    retryable: true,
    text: 'The meeting page did not get to the point of joining.',
  },
  navigation_failed: { category: 'launch', retryable: true, text: 'The meeting page could not be opened.' },
  connection_failed: {
    category: 'launch',
    retryable: true,
    text: 'The meeting page could not connect to the meeting platform.',
  },
  page_went_away: {
    category: 'launch',
    retryable: true,
    text: 'The meeting page was left before admission and did not come back; nobody refused the bot.',
  },
  browser_failed: {
    category: 'launch',
    retryable: true,
    text: 'The browser could not be started, or it crashed.',
  },
  recorder_failed: {
    category: 'media',
    retryable: true,
    text: 'The recorder could not be started, or it crashed.',
  },
  upload_failed: { category: 'media', retryable: false, text: 'The recording could not be uploaded.' },
  internal_error: { category: 'infra', retryable: true, text: 'The bot program failed.' },
  launch_failed: {
    category: 'launch',
    retryable: true,
    text: 'The deployment platform could not start the bot.',
  },
  launch_timeout: { category: 'launch', retryable: true, text: 'The bot was started but never called back.' },
  launch_misconfigured: {
    category: 'launch',
    retryable: false,
    text: 'The deployment platform refused the bot.',
  },
  meeting_platform_not_served: {
    category: 'launch',
    retryable: false,
    text: 'No deployment platform of this installation is set up to run bots for this meeting platform.',
  },
  runtime_lost: { category: 'infra', retryable: true, text: 'The bot stopped reporting and is gone.' },
  attempts_exhausted: { category: 'infra', retryable: false, text: 'Every allowed attempt failed.' },
  queue_timeout: { category: 'capacity', retryable: false, text: 'No slot became free in time.' },
  scheduler_away: {
    category: 'infra',
    retryable: false,
    text: 'Meeboter itself was down while the bot waited, until it was too late to join.',
  },
  platform_full: {
    category: 'capacity',
    retryable: true,
    text: 'The deployment platform had no room; the bot keeps its place in the queue.',
  },
  platform_out: {
    category: 'capacity',
    retryable: true,
    text: 'The deployment platform failed, and is left alone for a while; the bot keeps its place in the queue.',
  },
  runtime_stuck: {
    category: 'infra',
    retryable: false,
    text: 'The bot went on reporting long after it should have left, and was stopped.',
  },
  stop_unconfirmed: {
    category: 'infra',
    retryable: false,
    text: 'The deployment platform did not confirm that the bot has stopped.',
  },
  page_lost: {
    category: 'meeting',
    retryable: false,
    text: 'The meeting page went away and did not come back.',
  },
} as const satisfies Record<string, Reason>;

export type SubCode = keyof typeof REASONS;

/** Ends of an attempt that are not failures: they do not count towards the limit of attempts. */
export const FREE_ATTEMPT_ENDS = [
  'platform_full',
  'platform_out',
  'rescheduled',
] as const satisfies readonly SubCode[];

/**
 * Reasons that come with the words of the deployment platform, which name the operator's hosts, roles and resources:
 * operators read these, and others what the reason means.
 */
const TOLD_BY_PLATFORM: readonly string[] = [
  'platform_full',
  'platform_out',
  'launch_failed',
  'launch_timeout',
  'launch_misconfigured',
  'runtime_lost',
  'stop_unconfirmed',
] satisfies SubCode[];

/** What the owner of a bot may read of a reason's detail: in place of a platform's own words, what the reason means. */
export function detailForOwner(subCode: string | null, detail: string | null): string | null {
  if (detail === null || subCode === null || !TOLD_BY_PLATFORM.includes(subCode)) return detail;
  return reasonOf(subCode).text;
}

export const SUB_CODES = Object.keys(REASONS) as [SubCode, ...SubCode[]];

const isOurs = (subCode: string): subCode is SubCode => Object.hasOwn(REASONS, subCode);

/** The reason of a sub code. An unknown one counts as an infra fault that is not retried. */
export function reasonOf(subCode: string): Reason {
  if (isOurs(subCode)) return REASONS[subCode];
  return { category: 'infra', retryable: false, text: subCode.replaceAll('_', ' ') };
}

/** Reasons to leave a call in an orderly way: LEAVING, then DONE. */
export const LEAVE_REASONS = [
  'user_requested',
  'everyone_left',
  'nobody_joined',
  'only_bots',
  'silence',
  'max_duration',
  'end_time',
  'meeting_ended',
  'removed',
  'shutdown',
  'page_lost',
] as const satisfies readonly SubCode[];

export type LeaveReason = (typeof LEAVE_REASONS)[number];
