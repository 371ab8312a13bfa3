// The first step of a runtime in a container that belongs to a slot (Coolify): its environment is the same for every
// bot, so it asks the API which bot it is to run. Such a platform restarts a container whose program has ended. The
// file `meeboter-assigned`, which a restart keeps, tells the program that it had its bot already: it sleeps then, until
// the deployer has the container removed.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ASSIGNMENT_PATH, assignmentAnswerSchema } from '@meeboter/domain/bot-protocol.ts';
import { backoffMs, sleep } from './clock.ts';
import type { SlotEnv } from './env.ts';
import { errorFields, type Log } from './log.ts';

const ASSIGNED_FILE = 'meeboter-assigned';
const TIMEOUT_MS = 10_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 5_000;
/** After an answer that does not change by itself, such as a refused token. */
const REFUSED_PAUSE_MS = 60_000;

/**
 * Polls until the slot has a bot, and returns its claim token. Never returns in a container that had a bot before.
 * SIGTERM and SIGINT end the program meanwhile.
 */
export async function waitForAssignment(slot: SlotEnv, log: Log): Promise<string> {
  const onSignal = () => process.exit(0);
  const signals = ['SIGTERM', 'SIGINT'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  const file = join(slot.workDir, ASSIGNED_FILE);
  if (existsSync(file)) {
    log.info('this container had its bot; asleep until it is removed', { slot: slot.slotId });
    await asleep();
  }
  log.info('waiting for an assignment', { slot: slot.slotId });
  const token = await poll(slot, log);
  // Written before the claim: whatever happens from here on, a restart starts no second bot.
  await writeFile(file, '');
  for (const signal of signals) process.off(signal, onSignal);
  return token;
}

async function poll(slot: SlotEnv, log: Log): Promise<string> {
  const { signal } = new AbortController();
  for (let tries = 1; ; tries += 1) {
    let pauseMs = backoffMs(tries, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    try {
      const response = await fetch(`${slot.apiUrl.replace(/\/+$/, '')}${ASSIGNMENT_PATH}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${slot.slotToken}` },
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (response.ok) return assignmentAnswerSchema.parse(await response.json()).claim_token;
      await response.body?.cancel();
      if (response.status === 401 || response.status === 403) pauseMs = REFUSED_PAUSE_MS;
      if (response.status !== 404) log.warn('the assignment is refused', { status: response.status });
    } catch (error) {
      log.warn('asking for the assignment failed', { ...errorFields(error), stack: undefined });
    }
    await sleep(pauseMs, signal);
  }
}

/** Never resolves, and keeps the process alive. */
function asleep(): Promise<never> {
  setInterval(() => undefined, 2 ** 30);
  return new Promise(() => undefined);
}
