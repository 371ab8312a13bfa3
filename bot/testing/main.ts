// The bot program with the driver of the small meeting instead of a platform's. It is driven by the library that
// MEEBOTER_TEST_LIBRARY names.
import { runProgram } from '../program.ts';
import { createSampleMeeting } from './sample-driver.ts';

await runProgram(async () => ({
  needs: {
    library: process.env.MEEBOTER_TEST_LIBRARY === 'puppeteer' ? 'puppeteer' : 'playwright',
    permissions: ['audioCapture', 'videoCapture'],
    flags: [],
  },
  create: async ({ page }, claim) => createSampleMeeting(page, claim.meeting.url),
}));
