// Chooses the driver for a meeting platform. A driver is loaded when it is needed.
import type { ClaimAnswer } from '@meeboter/domain/bot-protocol.ts';
import type { Browser } from './browser/browser.ts';
import type { Log } from './log.ts';
import { type Meeting, MeetingFault } from './meeting.ts';

export type CreateMeeting = (
  browser: Pick<Browser, 'page' | 'guard'>,
  claim: ClaimAnswer,
  log: Log,
) => Promise<Meeting>;

/** Creates the driver for the claim's platform. Throws MeetingFault when there is none. */
export const createMeeting: CreateMeeting = async ({ page, guard }, claim, log) => {
  const { platform, url } = claim.meeting;
  switch (platform) {
    case 'google-meet': {
      const { createGoogleMeet } = await import('./google-meet/google-meet.ts');
      return createGoogleMeet({ page, url, displayName: claim.display_name, guard, log });
    }
    case 'microsoft-teams':
    case 'zoom':
      throw new MeetingFault('launch_misconfigured', `This bot cannot attend ${platform} meetings yet.`);
    default:
      return platform satisfies never;
  }
};
