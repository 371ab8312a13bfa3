import type { SubCode } from '@meeboter/domain/reasons.ts';
import { sleep } from '../clock.ts';
import { MeetingFault } from '../meeting.ts';
import type { PlatformData } from './data.ts';
import {
  goneFault,
  isGone,
  type MeetingPage,
  plainUrl,
  type Reading,
  readState,
  urlFact,
} from './meeting-page.ts';
import { ownWords } from './own-words.ts';
import { isTerminal, type OverState, type PageState, type RefusedState } from './state.ts';
import { plain } from './texts.ts';

const REFUSED_CODES = {
  denied: 'denied',
  no_response: 'no_response',
  blocked: 'blocked_by_platform',
  bots_wall: 'bots_not_allowed',
  not_found: 'meeting_not_found',
  expired: 'meeting_expired',
  full: 'meeting_full',
  join_error: 'join_failed',
  no_connection: 'connection_failed',
  registration: 'registration_required',
  web_disabled: 'web_client_disabled',
  passcode_wrong: 'passcode_wrong',
  sign_in: 'sign_in_required',
} as const satisfies Record<string, SubCode>;

const MESSAGES: Partial<Record<SubCode, string>> = {
  denied: 'the request to join was denied',
  no_response: 'nobody responded to the request to join',
  blocked_by_platform: 'the platform refused the bot',
  bots_not_allowed: 'the platform lets no automated guests into this meeting',
  meeting_expired: 'the meeting link has expired',
  meeting_full: 'the meeting is full',
  connection_failed: 'the meeting page could not connect to its platform',
  registration_required: 'the meeting asks for a registration',
  web_client_disabled: 'the meeting can be joined by the app only',
  passcode_wrong: 'the meeting did not accept the passcode',
  meeting_not_found: 'there is no such meeting',
  meeting_ended: 'the meeting ended before the bot was let in',
  join_failed: 'the platform could not let the bot join',
  sign_in_required: 'the meeting asks for an account',
  captcha: 'the platform asks for a captcha',
};

/** The sub code for a refusal, or for an end that was seen before admission. */
function subCodeOf(state: RefusedState | OverState, hasKnocked: boolean, data: PlatformData): SubCode {
  switch (state.kind) {
    case 'meeting_over':
    case 'ended':
      return hasKnocked ? 'meeting_ended' : 'meeting_not_found';
    // The platform sometimes shows "You left the meeting" to a guest whom it refuses.
    case 'left':
      return 'denied';
    // Whoever is removed had been let in, however short that was.
    case 'removed':
      return data.removesFromLobby ? 'denied' : 'removed';
    default:
      return REFUSED_CODES[state.kind];
  }
}

/** What to do about a state before admission: go on, or open the link again. */
export type Verdict = 'go_on' | 'visit_again';

/**
 * Throws when a state seen before admission is terminal. Reads the page a second time to confirm it, since a
 * page that renders again can show anything for a moment. A captcha gets some time to disappear by itself.
 * Resolves to `visit_again` when another visit may help.
 */
export async function throwIfTerminal(
  meetingPage: MeetingPage,
  reading: Reading,
  hasKnocked: boolean,
  signal: AbortSignal,
): Promise<Verdict> {
  if (isGone(meetingPage)) throw goneFault(meetingPage);
  throwIfRedirected(meetingPage);
  const { state } = reading;
  if (!isTerminal(state) && state.kind !== 'captcha') return 'go_on';
  await sleep(state.kind === 'captcha' ? meetingPage.timing.captchaMs : meetingPage.timing.confirmMs, signal);
  if (isTerminal(state) && !isVague(state)) meetingPage.told = { state, atMs: meetingPage.nowMs() };
  const { state: again } = await readState(meetingPage);
  if (again.kind !== state.kind && !(isTerminal(again) && isTerminal(state))) return 'go_on';
  if (mayVisitAgain(meetingPage, again)) return 'visit_again';
  throw terminalFault(meetingPage, mostTelling(meetingPage, again), hasKnocked);
}

/** Ends that do not say why. Pages show them after they have said it. */
function isVague({ kind }: PageState): boolean {
  return kind === 'ended' || kind === 'left' || kind === 'meeting_over';
}

/** How long what the page has said stays the reason for the end that follows. */
const TOLD_MS = 10_000;

/** What the page has said just before it showed an end that does not say why. */
function mostTelling({ told, nowMs }: MeetingPage, state: PageState): PageState {
  return isVague(state) && told !== null && nowMs() - told.atMs <= TOLD_MS ? told.state : state;
}

function terminalFault(meetingPage: MeetingPage, state: PageState, hasKnocked: boolean): MeetingFault {
  const { data } = meetingPage;
  const subCode = isTerminal(state) ? subCodeOf(state, hasKnocked, data) : 'captcha';
  const matched = 'matched' in state ? { matched_text: ownWords(state.matched, data).slice(0, 300) } : {};
  const by = 'matched' in state ? byWhom(state.matched) : {};
  return new MeetingFault(subCode, MESSAGES[subCode] ?? subCode, {
    facts: { ...matched, ...by, ...urlFact(meetingPage) },
  });
}

/** Who denied or removed the bot, where the page says so: "… denied by Ada Park". */
export function byWhom(text: string): { by?: string } {
  const name = /\b(?:removed|denied|declined|rejected|ended)\b.*?\bby (?:the )?(.{1,100}?)[.!]?$/i.exec(
    plain(text),
  )?.[1];
  return name === undefined ? {} : { by: name };
}

/** Whether the page may show something else when its link is opened again. */
function mayVisitAgain(
  { timing, data, visits, nowMs, firstOpenedAtMs }: MeetingPage,
  state: PageState,
): boolean {
  if (state.kind === 'no_connection' || state.kind === 'join_error') return visits < timing.visits;
  return state.kind === 'not_found' && nowMs() - firstOpenedAtMs < data.notFoundPatienceMs;
}

/** Throws when the page tried to open an address that is not allowed. */
export function throwIfRedirected(meetingPage: MeetingPage): void {
  const refused = meetingPage.guard.refused();
  if (refused === null) return;
  const facts = { url: plainUrl(refused) };
  if (meetingPage.data.whereIs(refused, meetingPage.url) === 'sign_in') {
    throw new MeetingFault('sign_in_required', MESSAGES.sign_in_required ?? '', { facts });
  }
  throw new MeetingFault('navigation_failed', 'the meeting page led to an address that is not allowed', {
    facts,
  });
}
