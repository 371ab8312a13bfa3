// Compares what a platform runs with what should run, in both directions.
import { openAmong, runningOn } from '@meeboter/prisma/sql/known-deployments.ts';
import { confirmStop } from './confirm-stop.ts';
import type { DeployerContext } from './context.ts';
import { requestLooks } from './inbox.ts';
import { isOver, type Platform, type RuntimeRef } from './platforms/platform.ts';

/** The list of a platform may not show a deployment that is younger than this. */
const YOUNG_MS = 10_000;

export interface Reconciled {
  stopped: string[];
  missed: string[];
}

/**
 * Compares the list of one platform with the rows. Stops runtimes whose deployment has ended, and requests a check
 * of deployments whose runtime is not listed. Does nothing when the list fails.
 */
export async function reconcile(
  context: DeployerContext,
  name: string,
  platform: Platform,
  signal: AbortSignal,
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
  const open = await openAmong(db, ids);
  const stopped: string[] = [];
  for (const ref of listed.filter(({ deploymentId }) => !open.has(deploymentId))) {
    if (signal.aborted) break;
    const { deploymentId } = ref;
    const seen = await confirmStop(platform, ref, { patienceMs: 0, signal }).catch((error: unknown) => ({
      state: 'unknown' as const,
      detail: String(error),
    }));
    if (isOver(seen)) stopped.push(deploymentId);
    log.warn(
      { platform: name, deployment_id: deploymentId, seen },
      'a runtime without a deployment, stopped',
    );
  }
  const known = new Set(ids);
  const missed = (await runningOn(db, name, YOUNG_MS)).filter((id) => !known.has(id));
  await requestLooks(
    jobs,
    missed.map((id) => ({ id, deployment_platform: name })),
  );
  return { stopped, missed };
}
