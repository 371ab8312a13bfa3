// A runtime without a browser, as a slot's container runs it: it asks for its bot first.
import { waitForAssignment } from '../../../../bot/assignment.ts';
import { parseSlotEnv } from '../../../../bot/env.ts';
import { createLog } from '../../../../bot/log.ts';

const slot = parseSlotEnv(process.env);
if (!slot) throw new Error('this is not the environment of a slot');
process.env.MEEBOTER_CLAIM_TOKEN = await waitForAssignment(slot, createLog());
await import('../../../../e2e/support/fake-bot.ts');
