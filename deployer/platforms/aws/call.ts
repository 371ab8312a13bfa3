// How every call of ECS is made: repeated while it is throttled, once more with new credentials, its error sorted.
import type { ECSClient } from '@aws-sdk/client-ecs';
import { isExpired, toFault } from './fault.ts';
import { type Backoff, whileThrottled } from './throttle.ts';

/** Makes a call. Throws PlatformFault, and the signal's reason when it has aborted. */
export type Call = <T>(name: string, signal: AbortSignal, send: () => Promise<T>) => Promise<T>;

export const createCall =
  (client: ECSClient, backoff: Backoff): Call =>
  (name, signal, send) =>
    whileThrottled(
      async () => {
        signal.throwIfAborted();
        try {
          return await withFreshCredentials(client, send);
        } catch (error) {
          throw toFault(name, error);
        }
      },
      signal,
      backoff,
    );

/** Runs a call; once more with new credentials when ECS says that the old ones have expired. */
async function withFreshCredentials<T>(client: ECSClient, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (!isExpired(error)) throw error;
    await client.config.credentials({ forceRefresh: true });
    return send();
  }
}
