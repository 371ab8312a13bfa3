// Room and launch rates of the account that the stand-in plays.
import { ApiError } from './api-error.ts';

export type Provider = 'FARGATE' | 'FARGATE_SPOT';

/** What `failures` say. */
const UNAVAILABLE =
  'Capacity is unavailable at this time. Please try again later or in a different availability zone';
const VCPU_LIMIT = "You've reached the limit on the number of vCPUs you can run concurrently";

export interface LaunchLimit {
  burst: number;
  perSecond: number;
}

export class Capacity {
  /** Providers that have no room. */
  readonly full = new Set<Provider>();
  /** Most tasks at once that are not STOPPED; the quota of vCPUs counts like this. */
  mostTasks = Number.POSITIVE_INFINITY;
  #limit: LaunchLimit | undefined;
  readonly #buckets = new Map<Provider, { tokens: number; atMs: number }>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Fargate's own is `{ burst: 100, perSecond: 20 }`, for each provider. */
  limitLaunches(limit: LaunchLimit | undefined): void {
    this.#limit = limit;
    this.#buckets.clear();
  }

  /** Takes room for one task. Returns the reason of the failure, or undefined. Throws ThrottlingException. */
  take(provider: Provider, tasksNow: number): string | undefined {
    this.#takeLaunch(provider);
    if (this.full.has(provider)) return UNAVAILABLE;
    return tasksNow >= this.mostTasks ? VCPU_LIMIT : undefined;
  }

  #takeLaunch(provider: Provider): void {
    if (!this.#limit) return;
    const { burst, perSecond } = this.#limit;
    const nowMs = this.#nowMs();
    const { tokens, atMs } = this.#buckets.get(provider) ?? { tokens: burst, atMs: nowMs };
    const filled = Math.min(burst, tokens + ((nowMs - atMs) / 1_000) * perSecond);
    if (filled < 1) throw new ApiError('ThrottlingException', 'Rate exceeded');
    this.#buckets.set(provider, { tokens: filled - 1, atMs: nowMs });
  }
}
