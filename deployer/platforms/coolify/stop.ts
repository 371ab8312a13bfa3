// Has everything of an application ended: what runs, and what a deployment would still bring up.
import type { CoolifyApi } from './api.ts';
import { isActive } from './api.ts';
import { CoolifyFault } from './fault.ts';

/**
 * Cancels deployments that have not ended and requests a stop, unless nothing of the application runs. A stop does not
 * cancel a deployment, so that goes first. A stop of nothing is not sent: Coolify would carry it out at some later
 * time, when the next bot may run in the slot. A stop that Coolify loses is sent again by the next call.
 */
export async function stopApplication(
  api: CoolifyApi,
  uuid: string,
  looksStopped: boolean,
  signal: AbortSignal,
): Promise<void> {
  const deployments = await api.deploymentsOf(uuid, signal);
  const active = deployments.filter(isActive);
  for (const { deployment_uuid } of active) await cancel(api, uuid, deployment_uuid, signal);
  const mayRun = active.length > 0 || !looksStopped;
  const wasUp = deployments.some(({ status }) => status === 'finished');
  if (mayRun || (wasUp && (await api.isLive(uuid, signal)))) await api.stop(uuid, signal);
}

/** Some versions answer 500 to a cancellation that took effect (coollabsio/coolify#11327): look again. */
async function cancel(api: CoolifyApi, uuid: string, deployment: string, signal: AbortSignal): Promise<void> {
  try {
    await api.cancel(deployment, signal);
  } catch (error) {
    if (!(error instanceof CoolifyFault) || error.status === null || error.status < 500) throw error;
    const now = (await api.deploymentsOf(uuid, signal)).find((it) => it.deployment_uuid === deployment);
    if (now && isActive(now)) throw error;
  }
}
