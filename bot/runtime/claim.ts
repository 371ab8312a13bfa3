// Claims the bot: exchanges the one-time token for the bot's configuration. It is the first thing that a
// runtime does, before it opens a browser. That another runtime was faster is no failure.
import type { ClaimAnswer } from '@meeboter/domain/bot-protocol.ts';
import { backoffMs, type Clock, sleep } from '../clock.ts';
import { errorFields, type Log } from '../log.ts';
import { ApiError, type RuntimeApi } from './api.ts';

const GIVE_UP_AFTER_MS = 60_000;
const REFUSED_STATUSES = [401, 403, 410];

export interface Claimed extends ClaimAnswer {
  /** When the accepted claim was sent, by `clock.sinceBootMs`. The lease cannot have begun earlier. */
  claimedAtBootMs: number;
  /** Duration of the accepted claim call in ms. */
  tookMs: number;
}

/** `taken`: another runtime has the bot. `refused`: the token is invalid. `unreachable`: the API did not answer. */
export type NotClaimed = { notClaimed: 'taken' | 'refused' | 'unreachable' };

/** Claims the bot. Retries for a minute while the API does not answer. */
export async function claimBot(options: {
  api: RuntimeApi;
  claimToken: string;
  runtimeId: string;
  version: string;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}): Promise<Claimed | NotClaimed> {
  const { api, claimToken, runtimeId, version, clock, log, signal } = options;
  const giveUpAtMs = clock.monotonicMs() + GIVE_UP_AFTER_MS;
  for (let tries = 1; ; tries += 1) {
    const claimedAtBootMs = clock.sinceBootMs();
    const sentAtMs = clock.monotonicMs();
    try {
      const answer = await api.claim(claimToken, runtimeId, version, signal);
      return { ...answer, claimedAtBootMs, tookMs: clock.monotonicMs() - sentAtMs };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ApiError && error.status === 409) return { notClaimed: 'taken' };
      if (error instanceof ApiError && error.status !== null && REFUSED_STATUSES.includes(error.status)) {
        return { notClaimed: 'refused' };
      }
      if (!(error instanceof ApiError) || !error.retryable) throw error;
      const waitMs = backoffMs(tries, 250, 5_000);
      if (clock.monotonicMs() + waitMs > giveUpAtMs) return { notClaimed: 'unreachable' };
      log.warn('claim failed, trying again', { tries, ...errorFields(error), stack: undefined });
      await sleep(waitMs, signal);
    }
  }
}
