// The bot program: claims one bot, makes one visit, and exits with one exit code.
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@meeboter/domain/ids.ts';
import { attend } from './attend.ts';
import { killChildren } from './children.ts';
import { onServerTime, systemClock } from './clock.ts';
import { Deadline, Departure } from './departure.ts';
import type { LoadDriver } from './driver.ts';
import { type Env, parseEnv } from './env.ts';
import { EXIT_FAILED, EXIT_OK, finish } from './finish.ts';
import { createLog, errorFields, type RootLog } from './log.ts';
import { RuntimeApi } from './runtime/api.ts';
import { claimBot, type NotClaimed } from './runtime/claim.ts';
import { openSession } from './session.ts';

const VERSION = '0.1.0';

const EXIT_MISCONFIGURED = 2;
const EXIT_REFUSED = 3;

/** How long the bot has after SIGTERM, uploads included. Container platforms kill it after 30 s. */
const SHUTDOWN_MS = 20_000;

/** Runs the program in this process. Exits the process at the end. */
export async function runProgram(loadDriver: LoadDriver): Promise<never> {
  const clock = systemClock;
  const log = createLog();
  const departure = new Departure();
  const deadline = new Deadline(() => clock.monotonicMs());
  const runtimeId = newId('run');
  process.on('exit', killChildren);
  // The reader of our stdout may exit before we do.
  process.stdout.on('error', () => undefined);
  listen(departure, deadline, log);

  let code = EXIT_FAILED;
  try {
    const env = readEnv(runtimeId);
    code = env
      ? await runBot({ env, runtimeId, loadDriver, departure, deadline, clock, log })
      : EXIT_MISCONFIGURED;
  } catch (error) {
    log.error('the program failed', errorFields(error));
  }
  process.exit(code);
}

function readEnv(runtimeId: string): Env | null {
  try {
    return parseEnv(process.env, runtimeId);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return null;
  }
}

/** Leaves in good order on a signal or an uncaught error. Exits at once on a second signal. */
function listen(departure: Departure, deadline: Deadline, log: RootLog): void {
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    signals += 1;
    if (signals > 1) process.exit(EXIT_FAILED);
    log.info('signal', { signal });
    departure.ask({ kind: 'leave', reason: 'shutdown', facts: { signal } });
    deadline.endWithin(SHUTDOWN_MS);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  const onUncaught = (error: unknown) => {
    log.error('uncaught error', errorFields(error));
    departure.askFor(error);
  };
  process.on('uncaughtException', onUncaught);
  process.on('unhandledRejection', onUncaught);
}

async function runBot(options: {
  env: Env;
  runtimeId: string;
  loadDriver: LoadDriver;
  departure: Departure;
  deadline: Deadline;
  clock: typeof systemClock;
  log: RootLog;
}): Promise<number> {
  const { env, runtimeId, loadDriver, departure, deadline, log } = options;
  const { claimToken } = env;
  const api = new RuntimeApi(env.apiUrl);
  log.bind({ runtime_id: runtimeId });
  const claim = await claimBot({
    ...{ api, claimToken, runtimeId, version: VERSION },
    ...{ clock: options.clock, log, signal: departure.signal },
  });
  if ('notClaimed' in claim) return notClaimed(claim, log);
  log.bind({ bot: claim.bot_id, attempt: claim.attempt, epoch: claim.epoch });
  log.info('claimed', { platform: claim.meeting.platform, join_at: claim.join_at });

  const clock = onServerTime(options.clock, { serverTime: claim.server_time, tookMs: claim.tookMs });
  const session = openSession({ api, claim, departure, deadline, clock, log });
  const folder = await mkdtemp(join(env.workDir, 'meeboter-'));
  const visit = {
    ...{ env, claim, session, loadDriver, folder, departure, deadline, clock, log },
    ...{ stage: null, meeting: null, recorder: null, admitted: false },
  };
  try {
    const ending = await attend(visit).catch((error: unknown) => departure.askFor(error));
    return await finish(visit, ending);
  } finally {
    await session.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** It is no failure that another runtime has the bot. An invalid token is one. */
function notClaimed({ notClaimed: why }: NotClaimed, log: RootLog): number {
  log.info('not claimed', { why });
  if (why === 'taken') return EXIT_OK;
  return why === 'refused' ? EXIT_REFUSED : EXIT_FAILED;
}
