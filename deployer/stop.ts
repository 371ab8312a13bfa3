// A stop job's handler: a draining slot is freed only when the platform confirms
// that nothing of its epoch runs. What becomes of a bot that was not finished is
// decided here, when no runtime of it can be left.
import type { JobContext } from '@meeboter/chassis/jobs.ts';
import { reasonOf } from '@meeboter/domain/reasons.ts';
import { BEFORE_ADMISSION_STATUSES, isIn, isTerminal } from '@meeboter/domain/status.ts';
import type { Transaction } from '@meeboter/prisma/client.ts';
import {
  endDeployment,
  type OpenDeployment,
  readOpenDeployment,
} from '@meeboter/prisma/sql/deployment-steps.ts';
import { queueBot } from '@meeboter/prisma/sql/queue-bot.ts';
import { transitionBot } from '@meeboter/prisma/sql/transition-bot.ts';
import { requestDispatch, requestFinishRecording } from '@meeboter/scheduler/inbox.ts';
import type { DeployerContext } from './context.ts';

/** A bot is tried this often before it is given up, and only while it was never admitted. */
export const MAX_ATTEMPTS = 3;
/** A runtime that has said its last word ends by itself; it is told to only when it does not. */
const PATIENCE_MS = 5_000;

/** Stops a draining deployment, frees its slot and settles its bot. Throws to be tried again. */
export async function stop(context: DeployerContext, deploymentId: string, job: JobContext): Promise<void> {
  const { db, jobs, log } = context;
  const deployment = await readOpenDeployment(db, deploymentId);
  if (!deployment?.draining) return;

  const finished = deployment.bot_status === 'DONE' || deployment.bot_status === 'FATAL';
  const presence = await context.platformOf(deployment.deployment_platform).stop(deployment.id, {
    patienceMs: finished ? PATIENCE_MS : 0,
    signal: job.signal,
  });
  if (presence !== 'gone')
    throw new Error(`the platform does not confirm the stop of ${deployment.id}: ${presence}`);

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
  for (const recording of unfinished) await requestFinishRecording(jobs, recording.id);
}

/** A new attempt for a bot that was never admitted, where that can help; else FATAL, with the reason. */
async function settleBot(tx: Transaction, deployment: OpenDeployment): Promise<void> {
  const bot = await tx.bot.findUniqueOrThrow({
    where: { id: deployment.bot_id },
    select: { status: true, leaveRequestedAt: true },
  });
  if (isTerminal(bot.status)) return;
  const lastReason = deployment.fail_sub_code ?? 'runtime_lost';
  const detail = deployment.fail_detail ?? undefined;
  const { attempt } = deployment;
  if (
    isIn(BEFORE_ADMISSION_STATUSES, bot.status) &&
    reasonOf(lastReason).retryable &&
    attempt < MAX_ATTEMPTS
  ) {
    await queueBot(tx, deployment.bot_id, {
      from: BEFORE_ADMISSION_STATUSES,
      attempt,
      subCode: lastReason,
      actor: 'deployer',
      ...(detail === undefined ? {} : { detail }),
    });
    return;
  }
  const exhausted = isIn(BEFORE_ADMISSION_STATUSES, bot.status) && reasonOf(lastReason).retryable;
  await transitionBot(tx, deployment.bot_id, 'FATAL', {
    attempt,
    subCode: exhausted ? 'attempts_exhausted' : lastReason,
    detail: exhausted
      ? `After ${attempt} attempts; the last one: ${lastReason}. ${detail ?? ''}`.trim()
      : detail,
    actor: 'deployer',
  });
}
