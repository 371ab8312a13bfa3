// Compares what a platform runs with what should run, in both directions.
import { openAmong, runningOn } from '@meeboter/prisma/sql/known-deployments.ts';
import type { DeployerContext } from './context.ts';
import { requestLook } from './inbox.ts';
import type { Platform } from './platforms/platform.ts';

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
  let listed: string[];
  try {
    listed = await platform.list();
  } catch (error) {
    log.warn({ platform: name, err: error }, 'the platform does not say what it runs');
    return { stopped: [], missed: [] };
  }
  // Read after the list, because the row of a deployment exists before its runtime does.
  const open = await openAmong(db, listed);
  const orphans = listed.filter((id) => !open.has(id));
  const stopped: string[] = [];
  for (const id of orphans) {
    if (signal.aborted) break;
    const presence = await platform.stop(id, { patienceMs: 0, signal }).catch(() => 'unknown' as const);
    if (presence === 'gone') stopped.push(id);
    log.warn({ platform: name, deployment_id: id, presence }, 'a runtime without a deployment, stopped');
  }
  const known = new Set(listed);
  const missed = (await runningOn(db, name, YOUNG_MS)).filter((id) => !known.has(id));
  for (const id of missed) await requestLook(jobs, id);
  return { stopped, missed };
}
