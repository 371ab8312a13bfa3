import type { Db } from '../client.ts';

export interface PoolFigures {
  /** Bots in the pool queue. */
  waiting: number;
  /** How long the oldest row of the queue has been in it; 0 when the queue is empty. */
  oldest_wait_seconds: number;
  /** Time since the last completed round of the sweep; null before the first. */
  sweep_age_seconds: number | null;
  /** Slots by platform and state. A slot whose stop is not confirmed yet counts as `draining`, not `busy`. */
  slots: { platform: string; state: string; count: number }[];
  limits: { platform: string; limit: number }[];
  breakers: { platform: string; state: BreakerState }[];
  /** Launches that no deployer has confirmed yet, and how long the oldest of a platform has waited, in seconds. */
  launches: { platform: string; waiting: number; oldest_seconds: number }[];
}

export const BREAKER_STATES = ['closed', 'half_open', 'open'] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

/**
 * The figures of the pool for metrics. Reads all of the queue and all slots: there are only as many slots as
 * bots ever ran at once, and a long queue is an exception that is worth the read. The launches that wait are served by
 * deployments_intent.
 */
export async function poolFigures(db: Db): Promise<PoolFigures> {
  const rows = await db.$queryRaw<PoolFigures[]>`
    SELECT queue.waiting, queue.oldest_wait_seconds,
      (SELECT extract(epoch FROM now() - swept_at)::float8 FROM last_sweep) AS sweep_age_seconds,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('platform', platform, 'state', state, 'count', n)), '[]')
        FROM (SELECT deployment_platform AS platform, count(*) AS n,
                CASE WHEN draining_at IS NULL THEN state::text ELSE 'draining' END AS state
              FROM bot_pool_slots GROUP BY 1, 3) used) AS slots,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('platform', deployment_platform, 'limit', bot_limit)), '[]')
        FROM bot_pool_platforms WHERE bot_limit IS NOT NULL) AS limits,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('platform', deployment_platform, 'state', CASE
          WHEN out_until IS NULL THEN 'closed' WHEN out_until > now() THEN 'open' ELSE 'half_open' END)), '[]')
        FROM bot_pool_platforms) AS breakers,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('platform', p.deployment_platform,
          'waiting', waits.n, 'oldest_seconds', waits.oldest)), '[]')
        FROM bot_pool_platforms p, LATERAL (
          SELECT count(*) AS n, coalesce(extract(epoch FROM now() - min(d.created_at)), 0)::float8 AS oldest
          FROM deployments d JOIN bot_pool_slots s ON s.id = d.slot_id AND s.lease_epoch = d.epoch
          WHERE d.state = 'intent' AND d.deployment_platform = p.deployment_platform AND s.draining_at IS NULL
            AND s.state = 'deploying') waits) AS launches
    FROM (SELECT count(*)::int AS waiting,
            coalesce(extract(epoch FROM now() - min(queued_at)), 0)::float8 AS oldest_wait_seconds
          FROM bot_pool_queue) queue`;
  const [figures] = rows;
  if (!figures) throw new Error('the query for the pool figures returned no row');
  return figures;
}
