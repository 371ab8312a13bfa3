import { orAborted, sleep } from '../clock.ts';
import { MeetingFault } from '../meeting.ts';
import { throwIfRedirected } from './faults.ts';
import { goneFault, isGone, type MeetingPage, plainUrl } from './meeting-page.ts';

/** Query parameters of signed-in browsers and of tracking. */
const QUERY_NOISE = ['authuser', 'hs', 'pli', 'ijlm', 'utm_source', 'utm_medium', 'utm_campaign'];

/** The link as the bot opens it: in English, since the bot reads texts, and without the parameters above. */
export function meetUrl(link: string): string {
  const url = new URL(link);
  for (const name of QUERY_NOISE) url.searchParams.delete(name);
  url.searchParams.set('hl', 'en');
  url.hash = '';
  return url.href;
}

/** Opens the meeting's link. Retries when the network or the server fails. Throws MeetingFault. */
export async function openLink(meetingPage: MeetingPage, signal: AbortSignal): Promise<void> {
  const { timing, url, page } = meetingPage;
  if (!meetingPage.guard.allows(url)) {
    throw new MeetingFault('navigation_failed', 'the link is not a meeting link', {
      facts: { url: plainUrl(url) },
    });
  }
  await orAborted(meetingPage.guard.install(), signal);
  let cause: unknown;
  for (let attempt = 1; attempt <= timing.navigationTries; attempt++) {
    try {
      // Meet's network never becomes idle, and its document is usable long before the load event.
      const options = { waitUntil: 'domcontentloaded', timeout: timing.navigationMs } as const;
      const response = await orAborted(page.goto(meetUrl(url), options), signal);
      if (!response || response.status() < 500) return;
      cause = new Error(`the server answered ${response.status()}`);
    } catch (error) {
      signal.throwIfAborted();
      if (isGone(meetingPage)) throw goneFault(meetingPage);
      throwIfRedirected(meetingPage);
      // The page is slow, but it has arrived. The bot goes on to read it.
      if (isTimeout(error) && meetingPage.guard.allows(page.url())) return;
      cause = error;
    }
    meetingPage.log.info('navigation_retry', { attempt, error: String(cause).slice(0, 200) });
    if (attempt < timing.navigationTries) await sleep(timing.knockAgainMs * attempt, signal);
  }
  throw new MeetingFault('navigation_failed', 'the meeting page could not be opened', {
    facts: { url: plainUrl(url), error: String(cause).slice(0, 200) },
    cause,
  });
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}
