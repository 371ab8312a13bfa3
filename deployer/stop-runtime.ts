// A stop job's handler: a draining slot is freed only when the platform confirms
// that nothing of its epoch runs. What becomes of a bot that was not finished is
// decided here, when no runtime of it can be left.
import type { JobContext } from '@meeboter/chassis/jobs.ts';
import { FREE_ATTEMPT_ENDS, reasonOf } from '@meeboter/domain/reasons.ts';
import { BEFORE_ADMISSION_STATUSES, EDITABLE_STATUSES, isIn, isTerminal } from '@meeboter/domain/status.ts';
import type { Transaction } from '@meeboter/prisma/client.ts';
import { countTries } from '@meeboter/prisma/sql/count-tries.ts';
import {
  endDeployment,
  type OpenDeployment,
  readOpenDeployment,
} from '@meeboter/prisma/sql/deployment-steps.ts';
import { queueBot } from '@meeboter/prisma/sql/queue-bot.ts';
import { rescheduleBot } from '@meeboter/prisma/sql/reschedule-bot.ts';
import { postponeRecovery, setSlotInError } from '@meeboter/prisma/sql/slot-error.ts';
import { transitionBot } from '@meeboter/prisma/sql/transition-bot.ts';
import { readUnsettledBot } from '@meeboter/prisma/sql/unsettled-bot.ts';
import { requestDispatch, requestFinishRecordings } from '@meeboter/scheduler/inbox.ts';
import type { DeployerContext } from './context.ts';

/** A bot is tried this often before it is given up, and only while it was never admitted. */
const MAX_ATTEMPTS = 3;
/** A runtime that has said its last word ends by itself; it is told to only when it does not. */
const PATIENCE_MS = 5_000;

/** A stop that the platform has not confirmed for this long takes the slot out of use. */
const GIVE_UP_MS = 4 * 60_000;

/** Stops a draining deployment, frees its slot and settles its bot. Throws to be tried again. */
export async function stopRuntime(
  context: DeployerContext,
  deploymentId: string,
  job: JobContext,
): Promise<void> {
  const { db, jobs, log } = context;
  const deployment = await readOpenDeployment(db, deploymentId);
  if (!deployment?.draining) return;
  // A hint from before the slot was taken out of use: it is tried again when its pause is over.
  if (deployment.in_error && !deployment.recovery_due) return;

  const finished = deployment.bot_status === 'DONE' || deployment.bot_status === 'FATAL';
  try {
    const presence = await context.platformOf(deployment.deployment_platform).stop(deployment.id, {
      patienceMs: finished ? PATIENCE_MS : 0,
      signal: job.signal,
    });
    if (presence !== 'gone') throw new Error(`the platform does not confirm the stop: ${presence}`);
  } catch (error) {
    if (job.signal.aborted || !(await takeOutOfUse(context, deployment, error))) throw error;
    return;
  }

  const freed = await db.$transaction(async (tx) => {
    if (!(await endDeployment(tx, deployment))) return false;
    await settleBot(tx, deployment);
    return true;
  });
  if (!freed) return;
  log.info(
    {
      bot_id: deployment.bot_id,
      deployment_id: deployment.id,
      attempt: deployment.attempt,
      slot_id: deployment.slot_id,
    },
    'stop confirmed, slot idle',
  );
  await requestDispatch(jobs);
  const unfinished = await db.recording.findMany({
    where: { botId: deployment.bot_id, attempt: deployment.attempt, status: 'recording' },
    select: { id: true },
  });
  await requestFinishRecordings(
    jobs,
    unfinished.map(({ id }) => id),
  );
}

/**
 * A stop failed. When that has gone on for too long, the slot turns `error`, to be recovered with
 * growing pauses, and a bot that waited for it ends. False: not yet, try again.
 */
async function takeOutOfUse(
  context: DeployerContext,
  deployment: OpenDeployment,
  cause: unknown,
): Promise<boolean> {
  const { db, log } = context;
  const error = cause instanceof Error ? cause.message : String(cause);
  if (deployment.in_error) {
    await db.$transaction((tx) => postponeRecovery(tx, deployment, error));
    return true;
  }
  if (deployment.draining_for_ms < GIVE_UP_MS) return false;
  const taken = await db.$transaction(async (tx) => {
    if (!(await setSlotInError(tx, deployment, { error, drainingForMs: GIVE_UP_MS }))) return false;
    await transitionBot(tx, deployment.bot_id, 'FATAL', {
      attempt: deployment.attempt,
      subCode: 'stop_unconfirmed',
      detail: error,
      actor: 'deployer',
    });
    return true;
  });
  if (taken) {
    const { slot_id, bot_id, attempt } = deployment;
    log.error({ slot_id, bot_id, deployment_id: deployment.id, attempt, err: cause }, 'slot in error');
  }
  return taken;
}

/** A new attempt for a bot that was never admitted, where that can help; else FATAL, with the reason. */
async function settleBot(tx: Transaction, deployment: OpenDeployment): Promise<void> {
  const { bot_id: botId, attempt } = deployment;
  const bot = await readUnsettledBot(tx, botId);
  if (isTerminal(bot.status)) return;
  const lastReason = deployment.fail_sub_code ?? 'runtime_lost';
  const detail = deployment.fail_detail ?? undefined;
  const isFree = (FREE_ATTEMPT_ENDS as readonly string[]).includes(lastReason);
  const mayRetry = isIn(BEFORE_ADMISSION_STATUSES, bot.status) && reasonOf(lastReason).retryable;
  if (mayRetry && (isFree || (await countTries(tx, botId)) < MAX_ATTEMPTS)) {
    const back = { from: EDITABLE_STATUSES, attempt, subCode: lastReason, actor: 'deployer' } as const;
    if (bot.is_early && (await rescheduleBot(tx, botId, back))) return;
    await queueBot(tx, botId, {
      ...back,
      from: BEFORE_ADMISSION_STATUSES,
      // A platform that is full is part of the wait; a lost attempt is not the waiting bot's fault.
      afresh: lastReason !== 'platform_full',
      ...(detail === undefined ? {} : { detail }),
    });
    return;
  }
  await transitionBot(tx, botId, 'FATAL', {
    attempt,
    subCode: mayRetry ? 'attempts_exhausted' : lastReason,
    detail: mayRetry
      ? `After ${attempt} attempts; the last one: ${lastReason}. ${detail ?? ''}`.trim()
      : detail,
    actor: 'deployer',
  });
}
