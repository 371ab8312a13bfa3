// The bot program with the small meeting in place of a platform's.
import { runProgram } from '../program.ts';
import { createSampleMeeting } from './sample-driver.ts';

await runProgram(async ({ page }, claim) => createSampleMeeting(page, claim.meeting.url));
