// The client of the lab's platform server, as a platform of the deployer.
import { type Observation, type Platform, PlatformFault } from '@meeboter/deployer/platforms/platform.ts';
import { z } from 'zod';

const TIMEOUT_MS = 2_500;
const startedSchema = z.object({ ref: z.string() });
const listSchema = z.object({ deployments: z.array(z.string()) });
const presenceSchema = z.object({ presence: z.enum(['running', 'gone']) });

/** One of the platforms of the lab's server at `url`. */
export function labPlatform(url: string, name: string): Platform {
  const ask = async (verb: string, body: object, signal: AbortSignal): Promise<unknown> => {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    let response: Response;
    try {
      response = await fetch(`${url}/${name}/${verb}`, {
        method: 'POST',
        body: JSON.stringify(body),
        signal: AbortSignal.any([signal, timeout]),
      });
    } catch (cause) {
      throw new PlatformFault('transient', `${verb}: no answer`, { cause });
    }
    if (response.status === 409) throw new PlatformFault('capacity', `${verb}: no room`);
    if (!response.ok) throw new PlatformFault('transient', `${verb}: ${response.status}`);
    return response.json();
  };
  return {
    pollMs: 200,
    async start(spec, signal) {
      return startedSchema.parse(await ask('start', spec, signal)).ref;
    },
    async requestStop({ deploymentId }, _graceMs, signal) {
      await ask('stop', { deploymentId }, signal);
    },
    async observe({ deploymentId }, signal): Promise<Observation> {
      const answer = await ask('look', { deploymentId }, signal).catch(() => null);
      return { state: answer === null ? 'unknown' : presenceSchema.parse(answer).presence };
    },
    async list(signal) {
      const { deployments } = listSchema.parse(await ask('list', {}, signal));
      return deployments.map((deploymentId) => ({ deploymentId, externalRef: null, slot: null }));
    },
  };
}
