import type { SubCode } from '@meeboter/domain/reasons.ts';
import { sleep } from '../clock.ts';
import { MeetingFault } from '../meeting.ts';
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
import { isOver, isRefused, type MeetState, type OverState, type RefusedState } from './state.ts';
import { SIGN_IN_HOSTS } from './texts.ts';

const REFUSED_CODES = {
  denied: 'denied',
  no_response: 'no_response',
  blocked: 'blocked_by_platform',
  not_found: 'meeting_not_found',
  join_error: 'join_failed',
  sign_in: 'sign_in_required',
} as const satisfies Record<string, SubCode>;

const MESSAGES: Partial<Record<SubCode, string>> = {
  denied: 'the request to join was denied',
  no_response: 'nobody responded to the request to join',
  blocked_by_platform: 'the platform refused the bot',
  meeting_not_found: 'there is no such meeting',
  meeting_ended: 'the meeting ended before the bot was let in',
  join_failed: 'the platform could not let the bot join',
  sign_in_required: 'the meeting asks for an account',
  captcha: 'the platform asks for a captcha',
};

/** The sub code for a refusal, or for an end that was seen before admission. */
function subCodeOf(state: RefusedState | OverState, hasKnocked: boolean): SubCode {
  switch (state.kind) {
    case 'meeting_over':
    case 'ended':
      return hasKnocked ? 'meeting_ended' : 'meeting_not_found';
    // The platform sometimes shows "You left the meeting" to a guest whom it refuses.
    case 'left':
    case 'removed':
      return 'denied';
    default:
      return REFUSED_CODES[state.kind];
  }
}

/**
 * Throws when a state seen before admission is terminal. Reads the page a second time to confirm it, since a
 * page that renders again can show anything for a moment. A captcha gets some time to disappear by itself.
 * Returns false when there is nothing to throw.
 */
export async function throwIfTerminal(
  meetingPage: MeetingPage,
  reading: Reading,
  hasKnocked: boolean,
  signal: AbortSignal,
): Promise<false> {
  if (isGone(meetingPage)) throw goneFault(meetingPage);
  throwIfRedirected(meetingPage);
  const { state } = reading;
  if (!isRefused(state) && !isOver(state) && state.kind !== 'captcha') return false;
  await sleep(state.kind === 'captcha' ? meetingPage.timing.captchaMs : meetingPage.timing.confirmMs, signal);
  const { state: again } = await readState(meetingPage);
  if (again.kind !== state.kind) return false;
  const subCode = again.kind === 'captcha' ? 'captcha' : terminalCode(again, hasKnocked);
  if (subCode === null) return false;
  const matched = 'matched' in again ? { matched_text: ownWords(again.matched).slice(0, 300) } : {};
  throw new MeetingFault(subCode, MESSAGES[subCode] ?? subCode, {
    facts: { ...matched, ...urlFact(meetingPage) },
  });
}

function terminalCode(state: MeetState, hasKnocked: boolean): SubCode | null {
  return isRefused(state) || isOver(state) ? subCodeOf(state, hasKnocked) : null;
}

/** Throws when the page tried to open an address that is not allowed. */
export function throwIfRedirected(meetingPage: MeetingPage): void {
  const refused = meetingPage.guard.refused();
  if (refused === null) return;
  const facts = { url: plainUrl(refused) };
  if (URL.canParse(refused) && SIGN_IN_HOSTS.includes(new URL(refused).hostname)) {
    throw new MeetingFault('sign_in_required', MESSAGES.sign_in_required ?? '', { facts });
  }
  throw new MeetingFault('navigation_failed', 'the meeting page led to an address that is not allowed', {
    facts,
  });
}
