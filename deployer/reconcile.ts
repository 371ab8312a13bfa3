// Orphans in both directions: what a platform runs and nobody wants, and what
// should run and the platform does not know.
import { openAmong, runningOn } from '@meeboter/prisma/sql/known-deployments.ts';
import type { DeployerContext } from './context.ts';
import { requestLook } from './inbox.ts';
import type { Platform } from './platforms/platform.ts';

/** A deployment younger than this may not be on the platform's list yet. */
const YOUNG_MS = 10_000;

export interface Reconciled {
  stopped: string[];
  missed: string[];
}

/**
 * Compares one platform with the rows: runtimes whose deployment is over are stopped; deployments
 * whose runtime is not listed are looked at. A platform that cannot say what it runs changes nothing.
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
  // After the list: a deployment's row is there before its runtime is.
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
