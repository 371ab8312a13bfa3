// The entry point: `node bot/main.ts` with MEEBOTER_API_URL and MEEBOTER_CLAIM_TOKEN. Claims one bot,
// attends its meeting, records it, and reports what happens.
import { createMeeting } from './platforms.ts';
import { runProgram } from './program.ts';

await runProgram(createMeeting);
