import { OpenTimeout } from '../browser/page-port.ts';
import { orAborted, sleep } from '../clock.ts';
import { MeetingFault } from '../meeting.ts';
import { throwIfRedirected } from './faults.ts';
import { goneFault, isGone, type MeetingPage, plainUrl } from './meeting-page.ts';

/** Opens the meeting's link. Retries when the network or the server fails. Throws MeetingFault. */
export async function openLink(meetingPage: MeetingPage, signal: AbortSignal): Promise<void> {
  const { timing, url, page, data, guard } = meetingPage;
  if (!guard.allows(url)) {
    throw new MeetingFault('navigation_failed', 'the link is not a meeting link', {
      facts: { url: plainUrl(url) },
    });
  }
  await orAborted(guard.install(), signal);
  await orAborted(meetingPage.line.watch(), signal);
  if (meetingPage.visits === 0) meetingPage.firstOpenedAtMs = meetingPage.nowMs();
  meetingPage.visits += 1;
  meetingPage.knocksHere = 0;
  const links = data.linksToOpen(url).filter((link) => guard.allows(link));
  let which = (meetingPage.visits - 1) % links.length;
  let cause: unknown;
  for (let attempt = 1; attempt <= timing.navigationTries; attempt++) {
    try {
      const status = await orAborted(open(meetingPage, links[which] ?? url), signal);
      const isMissing = status !== null && status >= 400 && status < 500;
      meetingPage.isMissing = isMissing;
      if (isMissing && which + 1 < links.length) {
        which += 1;
        attempt -= 1;
        continue;
      }
      if (status === null || status < 500) return;
      cause = new Error(`the server answered ${status}`);
    } catch (error) {
      signal.throwIfAborted();
      if (isGone(meetingPage)) throw goneFault(meetingPage);
      throwIfRedirected(meetingPage);
      // The page is slow, but it has arrived. The bot goes on to read it.
      if (error instanceof OpenTimeout && guard.allows(page.url())) return;
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

/** Opens an address anew, also when only its fragment differs from the page's address, which would load nothing. */
async function open({ page, timing }: MeetingPage, url: string): Promise<number | null> {
  const withoutFragment = (address: string) => address.replace(/#.*$/, '');
  if (url.includes('#') && withoutFragment(url) === withoutFragment(page.url())) {
    await page.open('about:blank', timing.navigationMs);
  }
  return page.open(url, timing.navigationMs);
}
