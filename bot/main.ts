// The entry point: `node bot/main.ts` with MEEBOTER_API_URL and MEEBOTER_CLAIM_TOKEN. Claims one bot,
// attends its meeting, records it, and reports what happens. In a slot's container it asks for its claim token first.
import { waitForAssignment } from './assignment.ts';
import { parseSlotEnv } from './env.ts';
import { createLog } from './log.ts';
import { loadDriver } from './platforms.ts';
import { runProgram } from './program.ts';

const slot = parseSlotEnv(process.env);
if (slot) process.env.MEEBOTER_CLAIM_TOKEN = await waitForAssignment(slot, createLog());
await runProgram(loadDriver);
