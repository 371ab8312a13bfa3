// The bot program with the driver of the small meeting instead of a platform's.
import { runProgram } from '../program.ts';
import { createSampleMeeting } from './sample-driver.ts';

await runProgram(async ({ page }, claim) => createSampleMeeting(page, claim.meeting.url));
