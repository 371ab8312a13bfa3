// The bot program with the small meeting in place of a platform's.
import { runProgram } from '../program.ts';
import { createPageMeeting } from './page-meeting.ts';

await runProgram(async ({ page }, claim) => createPageMeeting(page, claim.meeting.url));
