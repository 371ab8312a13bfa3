import type { Db } from '../client.ts';

export interface PoolFigures {
  /** Bots in the line. */
  waiting: number;
  /** How long the one that has waited longest has been in it; 0 when nobody waits. */
  oldest_wait_seconds: number;
  /** Null before the first round. */
  sweep_age_seconds: number | null;
  /** A slot that waits for its stop to be confirmed is `draining`. */
  slots: { platform: string; state: string; count: number }[];
  limits: { platform: string; limit: number }[];
}

/**
 * The pool in numbers, for whoever watches it. The line and the slots are read whole: there are as
 * many slots as bots ever ran at once, and the line is short or there is something to see.
 */
export async function poolFigures(db: Db): Promise<PoolFigures> {
  const rows = await db.$queryRaw<PoolFigures[]>`
    SELECT line.waiting, line.oldest_wait_seconds,
      (SELECT extract(epoch FROM now() - swept_at)::float8 FROM last_sweep) AS sweep_age_seconds,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('platform', platform, 'state', state, 'count', n)), '[]')
        FROM (SELECT deployment_platform AS platform, count(*) AS n,
                CASE WHEN draining_at IS NULL THEN state::text ELSE 'draining' END AS state
              FROM bot_pool_slots GROUP BY 1, 3) used) AS slots,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('platform', deployment_platform, 'limit', bot_limit)), '[]')
        FROM bot_pool_platforms WHERE bot_limit IS NOT NULL) AS limits
    FROM (SELECT count(*)::int AS waiting,
            coalesce(extract(epoch FROM now() - min(queued_at)), 0)::float8 AS oldest_wait_seconds
          FROM bot_pool_queue) line`;
  const [figures] = rows;
  if (!figures) throw new Error('the pool gave no figures');
  return figures;
}
