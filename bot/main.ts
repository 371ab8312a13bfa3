// `node bot/main.ts`, with MEEBOTER_API_URL and MEEBOTER_CLAIM_TOKEN: claims
// one bot, attends its meeting, records it, and tells what happens.
import { createMeeting } from './platforms.ts';
import { runProgram } from './program.ts';

await runProgram(createMeeting);
