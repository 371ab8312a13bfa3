// Zoom's web client: what its driver needs, and its data for the page engine.
import type { Driver } from '../driver.ts';
import { createPageMeeting } from '../page/driver.ts';
import { ZOOM } from './data.ts';

export const driver: Driver = {
  // Without leave to use the devices the client creates no sound of the meeting.
  needs: { library: 'puppeteer', permissions: ['audioCapture', 'videoCapture'], flags: [] },
  create: async ({ page, guard }, claim, log) =>
    createPageMeeting({
      ...{ data: ZOOM, page, guard, log },
      url: claim.meeting.url,
      displayName: claim.display_name,
      passcode: claim.meeting.passcode,
    }),
};
