// Compares what a platform runs with what should run, in both directions.
import { haveEnded, runningOn } from '@meeboter/prisma/sql/known-deployments.ts';
import pLimit from 'p-limit';
import type { DeployerContext } from './context.ts';
import { requestLooks } from './inbox.ts';
import { type Platform, type RuntimeRef, STOP_GRACE_MS } from './platforms/platform.ts';

/** The list of a platform may not show a deployment that is younger than this. */
const YOUNG_MS = 10_000;

/**
 * A runtime whose deployment has no row is left alone for this long, and no more than so many of them are stopped in one
 * round: a database that was restored from a backup, or a wrong one, must not end every live call.
 */
const UNKNOWN_GRACE_MS = 10 * 60_000;
const UNKNOWN_AT_ONCE = 3;
/** Most stops that are requested in one round, and at the same time. */
const STOPS_OF_A_ROUND = 100;
const STOPS_AT_ONCE = 10;

export interface Reconciled {
  stopped: string[];
  missed: string[];
}

/** Since when each deployment without a row is seen, ms of `now`. One for each platform of a deployer. */
export type UnknownSince = Map<string, number>;

/**
 * Compares the list of one platform with the rows. Stops runtimes whose deployment has ended, and after a grace time a
 * few of those whose deployment has no row; requests a check of deployments whose runtime is not listed. Does nothing
 * when the list fails.
 */
export async function reconcile(
  context: DeployerContext,
  name: string,
  platform: Platform,
  { signal, unknownSince, nowMs }: { signal: AbortSignal; unknownSince: UnknownSince; nowMs: number },
): Promise<Reconciled> {
  const { db, jobs, log } = context;
  let listed: RuntimeRef[];
  try {
    listed = await platform.list(signal);
  } catch (error) {
    log.warn({ platform: name, err: error }, 'the platform does not say what it runs');
    return { stopped: [], missed: [] };
  }
  // Read after the list, because the row of a deployment exists before its runtime does.
  const ids = listed.map(({ deploymentId }) => deploymentId);
  const ended = await haveEnded(db, ids);
  const unknown = ids.filter((id) => !ended.has(id));
  for (const id of unknownSince.keys()) if (!unknown.includes(id)) unknownSince.delete(id);
  for (const id of unknown) if (!unknownSince.has(id)) unknownSince.set(id, nowMs);
  if (unknown.length > 0) {
    log.error(
      { platform: name, count: unknown.length, deployments: unknown.slice(0, 10) },
      'runtimes run whose deployments have no row: is this the right database?',
    );
  }
  const overdue = unknown.filter((id) => nowMs - (unknownSince.get(id) ?? nowMs) >= UNKNOWN_GRACE_MS);
  const toStop = new Set([...ids.filter((id) => ended.get(id)), ...overdue.slice(0, UNKNOWN_AT_ONCE)]);
  const known = new Set(ids);
  const missed = (await runningOn(db, name, YOUNG_MS)).filter((id) => !known.has(id));
  await requestLooks(
    jobs,
    missed.map((id) => ({ id, deployment_platform: name })),
  );
  const late = listed.filter(({ deploymentId }) => toStop.has(deploymentId)).slice(0, STOPS_OF_A_ROUND);
  const limit = pLimit(STOPS_AT_ONCE);
  // Not confirmed here: what is still listed in the next round is stopped again.
  const stopped = await Promise.all(late.map((ref) => limit(stopLate, ref)));
  return { stopped: stopped.flatMap((id) => id ?? []), missed };

  async function stopLate(ref: RuntimeRef): Promise<string | null> {
    const { deploymentId } = ref;
    if (signal.aborted) return null;
    try {
      await platform.requestStop(ref, STOP_GRACE_MS, signal);
    } catch (error) {
      log.warn({ platform: name, deployment_id: deploymentId, err: error }, 'a late runtime is not stopped');
      return null;
    }
    log.warn({ platform: name, deployment_id: deploymentId }, 'a runtime without a deployment, stopped');
    return deploymentId;
  }
}
