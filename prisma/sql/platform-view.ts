import type { Db } from '../client.ts';

/** A launch counts as one of the latest when it is among so many of its platform. */
const LAUNCHES = 200;

export interface SlotCounts {
  idle: number;
  deploying: number;
  /** In use, those whose stop is not confirmed yet included. */
  busy: number;
  error: number;
}

export interface PlatformView<Name extends string = string> extends SlotCounts {
  deployment_platform: Name;
  bot_limit: number | null;
  meeting_platforms: string[] | null;
  lead_ms: number | null;
  drained_at: Date | null;
  full_until: Date | null;
  failures: number;
  out_until: Date | null;
  last_fault: string | null;
  last_fault_kind: string | null;
  last_fault_at: Date | null;
  /** From slot to claim, ms, of the latest launches; null without any. */
  launch_p50_ms: number | null;
  launch_p95_ms: number | null;
  launches: number;
}

/** What the pool knows of the given platforms, in their order, also of those without a row. Served by bot_pool_slots_in_use and deployments_launches. */
export function viewPlatforms<Name extends string>(
  db: Db,
  platforms: readonly Name[],
): Promise<PlatformView<Name>[]> {
  return db.$queryRaw<PlatformView<Name>[]>`
    SELECT name AS deployment_platform, p.bot_limit, p.meeting_platforms, p.lead_ms, p.drained_at, p.full_until,
      coalesce(p.failures, 0) AS failures, p.out_until, p.last_fault, p.last_fault_kind, p.last_fault_at,
      slots.*, launched.*
    FROM unnest(${[...platforms]}::text[]) WITH ORDINALITY AS asked(name, nth)
    LEFT JOIN bot_pool_platforms p ON p.deployment_platform = name
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE state = 'idle')::int AS idle, count(*) FILTER (WHERE state = 'deploying')::int AS deploying,
        count(*) FILTER (WHERE state = 'busy')::int AS busy, count(*) FILTER (WHERE state = 'error')::int AS error
      FROM bot_pool_slots s WHERE s.deployment_platform = name) slots
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS launches,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS launch_p50_ms,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY ms) AS launch_p95_ms
      FROM (
        SELECT (extract(epoch FROM claimed_at - created_at) * 1000)::float8 AS ms FROM deployments d
        WHERE d.deployment_platform = name AND d.claimed_at IS NOT NULL
        ORDER BY d.claimed_at DESC LIMIT ${LAUNCHES}) latest) launched
    ORDER BY nth`;
}
