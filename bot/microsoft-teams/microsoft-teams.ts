// Microsoft Teams: what its driver needs, and its data for the page engine.
import type { Driver } from '../driver.ts';
import { createPageMeeting } from '../page/driver.ts';
import { MICROSOFT_TEAMS } from './data.ts';

export const driver: Driver = {
  // Without leave to use the devices a modal stands before the pre-join page.
  needs: { library: 'puppeteer', permissions: ['audioCapture', 'videoCapture'], flags: [] },
  create: async ({ page, guard }, claim, log) =>
    createPageMeeting({
      ...{ data: MICROSOFT_TEAMS, page, guard, log },
      url: claim.meeting.url,
      displayName: claim.display_name,
      passcode: claim.meeting.passcode,
    }),
};
