// The handler of stop jobs. A draining slot becomes free only when the platform confirms that
// nothing of its epoch runs. Then no runtime of the bot can be left, and a bot that has not ended
// gets a new attempt or ends as FATAL.
import type { JobContext } from '@meeboter/chassis/jobs.ts';
import { detailForOwner, FREE_ATTEMPT_ENDS, reasonOf } from '@meeboter/domain/reasons.ts';
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
import { confirmStop } from './confirm-stop.ts';
import type { DeployerContext } from './context.ts';
import { isOver } from './platforms/platform.ts';
import { refOf } from './runtime-ref.ts';

/** The most attempts of a bot. After it was admitted there is no further attempt. */
const MAX_ATTEMPTS = 3;
/** How long a runtime that has reported its end may take to exit before it is told to stop. */
const PATIENCE_MS = 5_000;

/** When the platform has not confirmed the stop for this long, the slot is taken out of use. */
const GIVE_UP_MS = 4 * 60_000;
/** The same when the runtime can no longer join, and the platform does not answer: its bot need not wait for it. */
const ABANDON_MS = 3_000;
/** After these the queue deadline stays, since they are part of the wait; otherwise it starts anew. */
const AS_BEFORE: readonly string[] = ['platform_full', 'platform_out'];

/**
 * Stops the runtime of a draining deployment, frees its slot and decides how its bot goes on. Throws when the stop
 * is not confirmed, so that the job is tried again.
 */
export async function stopRuntime(
  context: DeployerContext,
  deploymentId: string,
  job: JobContext,
): Promise<void> {
  const { db, jobs, log } = context;
  const deployment = await readOpenDeployment(db, deploymentId);
  if (!deployment?.draining) return;
  // An old hint for a slot that is out of use: the sweep requests the next try after the backoff.
  if (deployment.in_error && !deployment.recovery_due) return;

  const finished = deployment.bot_status === 'DONE' || deployment.bot_status === 'FATAL';
  const readAtMs = performance.now();
  try {
    const platform = context.platformOf(deployment.deployment_platform);
    const seen = await confirmStop(platform, refOf(deployment), {
      patienceMs: finished ? PATIENCE_MS : 0,
      signal: job.signal,
      ...(canJoinNoMore(deployment) ? { unknownMs: ABANDON_MS } : {}),
    });
    job.signal.throwIfAborted();
    if (!isOver(seen)) throw new Error(`the platform does not confirm the stop: ${seen.state}`);
  } catch (error) {
    const drainingForMs = deployment.draining_for_ms + performance.now() - readAtMs;
    const now = { ...deployment, draining_for_ms: drainingForMs };
    if (job.signal.aborted || !(await takeOutOfUse(context, now, error))) throw error;
    return;
  }

  const freed = await db.$transaction(async (tx) => {
    const ended = await endDeployment(tx, deployment);
    if (ended && !ended.abandoned) await settleBot(tx, deployment);
    return ended !== null;
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
 * Takes the slot out of use when its stop has failed for too long: the slot gets the state `error`, further tries
 * follow with a growing backoff. A bot that waited for the stop goes on without it where no runtime of the deployment can
 * join any more, and ends otherwise. Returns false when it is too early.
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
  const abandon = canJoinNoMore(deployment);
  const afterMs = abandon ? ABANDON_MS : GIVE_UP_MS;
  if (deployment.draining_for_ms < afterMs) return false;
  const taken = await db.$transaction(async (tx) => {
    if (!(await setSlotInError(tx, deployment, { error, drainingForMs: afterMs, abandon }))) return false;
    if (abandon) await settleBot(tx, deployment);
    else {
      await transitionBot(tx, deployment.bot_id, 'FATAL', {
        attempt: deployment.attempt,
        subCode: 'stop_unconfirmed',
        actor: 'deployer',
      });
    }
    return true;
  });
  if (taken && abandon) await requestDispatch(context.jobs);
  if (taken) {
    const { slot_id, bot_id, attempt } = deployment;
    log.error({ slot_id, bot_id, deployment_id: deployment.id, attempt, err: cause }, 'slot in error');
  }
  return taken;
}

/**
 * True when no runtime of this deployment can be in a meeting, or get into one, whatever the platform still does: none
 * has claimed, and while the slot drains none can; or it was not admitted, and its lease has expired, before which it
 * has left by its own clock. The bot need not wait for a platform that does not answer then.
 */
function canJoinNoMore({ state, bot_status, lease_expired }: OpenDeployment): boolean {
  return state !== 'claimed' || (lease_expired && isIn(BEFORE_ADMISSION_STATUSES, bot_status));
}

/** Gives a bot that was never admitted a new attempt, if the reason is retryable; otherwise ends it as FATAL. */
async function settleBot(tx: Transaction, deployment: OpenDeployment): Promise<void> {
  const { bot_id: botId, attempt } = deployment;
  const bot = await readUnsettledBot(tx, botId);
  if (isTerminal(bot.status)) return;
  const lastReason = deployment.fail_sub_code ?? 'runtime_lost';
  // The owner reads it; the platform's own words stay in the deployment and the log.
  const detail = detailForOwner(lastReason, deployment.fail_detail) ?? undefined;
  const isFree = (FREE_ATTEMPT_ENDS as readonly string[]).includes(lastReason);
  const mayRetry = isIn(BEFORE_ADMISSION_STATUSES, bot.status) && reasonOf(lastReason).retryable;
  if (mayRetry && (isFree || (await countTries(tx, botId)) < MAX_ATTEMPTS)) {
    const back = { from: EDITABLE_STATUSES, attempt, subCode: lastReason, actor: 'deployer' } as const;
    if (bot.is_early && (await rescheduleBot(tx, botId, back))) return;
    await queueBot(tx, botId, {
      ...back,
      from: BEFORE_ADMISSION_STATUSES,
      afresh: !AS_BEFORE.includes(lastReason),
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
