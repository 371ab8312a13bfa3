// Google Meet: what its driver needs, and its data for the page engine.
import type { Driver } from '../driver.ts';
import { createPageMeeting } from '../page/driver.ts';
import { GOOGLE_MEET } from './data.ts';

export const driver: Driver = {
  needs: { library: 'playwright', permissions: ['audioCapture', 'videoCapture'], flags: [] },
  create: async ({ page, guard }, claim, log) =>
    createPageMeeting({
      ...{ data: GOOGLE_MEET, page, guard, log },
      url: claim.meeting.url,
      displayName: claim.display_name,
      passcode: claim.meeting.passcode,
    }),
};
