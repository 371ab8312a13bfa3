import type { Actor } from '@meeboter/domain/events.ts';
import { newId } from '@meeboter/domain/ids.ts';
import type { Database } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { statusEventsOf } from './append-events.ts';

/** Key of the advisory lock. Arbitrary, but no other lock of ours has it. */
const DISPATCH_LOCK = 7_201_127;

/** A token bucket. */
export interface LaunchRate {
  burst: number;
  perSecond: number;
}

/** Why platforms of a higher priority were passed over, by platform: `full`, `out`, `on_probation`, `drained`, or
 * `busy`: no slot was free, or no launch that its rate allows at that moment; `busy_or_unserved`: that, or it does not
 * run bots for this meeting platform. */
export type PassedOver = Record<string, string>;

export interface Dispatched {
  deploymentId: string;
  botId: string;
}

/**
 * Gives idle slots of one deployment platform to the bots at the head of the pool queue, up to `batch`
 * pairs, and no more than the platform's launch rate allows: each launch takes a token from the platform's bucket,
 * which holds `burst` and gets `perSecond` new ones a second. For each pair, in one statement: deletes the queue row, leases the slot under a new epoch, moves
 * the bot to DEPLOYING under a new attempt, and inserts the deployment, whose id is the idempotency key of
 * the platform's call. Returns the deployments. Bots whose queue deadline has passed are left out, and so are those for
 * other meeting platforms than `served`; null: it runs all.
 *
 * Locking: both sides are locked with SKIP LOCKED in materialised CTEs, because
 * `IN (SELECT … LIMIT n FOR UPDATE)` may lock more than n rows. Bots are locked before their queue rows, as
 * in every statement. Any number of dispatchers may run; an advisory lock makes them take turns. Without it,
 * one could lock the head of the queue and find no slot while another gives that slot to bots further back,
 * and two could each fill a platform up to a limit that was just lowered.
 *
 * After the limit was lowered, slots numbered above it are not given out, and while some of those are still
 * in use, no more than `limit` slots are used in all. Running bots are left alone.
 * Served by bot_pool_queue_order_key_bot_id_idx, bot_pool_slots_idle and bot_pool_slots_in_use.
 */
export async function dispatchBots(
  db: Database,
  options: {
    platform: string;
    limit: number;
    batch: number;
    launchTimeoutMs: number;
    launches: LaunchRate;
    passedOver?: PassedOver;
    served?: readonly string[] | null;
  },
): Promise<Dispatched[]> {
  const { burst, perSecond } = options.launches;
  const served = options.served ? [...options.served] : null;
  const passedOver = Object.entries(options.passedOver ?? {}).map(([platform, why]) => `${platform}: ${why}`);
  const deploymentIds = Array.from({ length: options.batch }, () => newId('dep'));
  const details = JSON.stringify({
    actor: 'scheduler' satisfies Actor,
    facts: {
      deployment_platform: options.platform,
      ...(passedOver.length > 0 && { passed_over: passedOver.join(', ') }),
    },
  });
  const [, rows] = await db.$transaction([
    // A separate statement, so that the snapshot of the next one includes what the previous dispatcher committed.
    db.$executeRaw`SELECT pg_advisory_xact_lock(${DISPATCH_LOCK})`,
    db.$queryRaw<{ id: string; bot_id: string }[]>`
      WITH bucket AS MATERIALIZED (
        -- A stamp in the future is of a clock that was set back since.
        SELECT at, CASE WHEN p.launch_tokens_at <= at THEN least(${burst}, p.launch_tokens
          + extract(epoch FROM at - p.launch_tokens_at) * ${perSecond}) ELSE ${burst} END::float8 AS tokens
        -- The clock and not now(): the transaction may have waited for the lock.
        FROM (SELECT clock_timestamp() AS at) clock
        LEFT JOIN bot_pool_platforms p ON p.deployment_platform = ${options.platform}
      ), waiting AS MATERIALIZED (
        SELECT q.bot_id, q.order_key
        FROM bot_pool_queue q JOIN bots b ON b.id = q.bot_id
        WHERE b.status = 'QUEUED' AND q.deadline_at > now()
          AND (${served}::text[] IS NULL OR b.meeting_platform = ANY(${served}::text[]))
        ORDER BY q.order_key, q.bot_id LIMIT ${options.batch}
        FOR UPDATE OF b, q SKIP LOCKED
      ), idle AS MATERIALIZED (
        SELECT id, lease_epoch, last_used_at, number FROM bot_pool_slots
        WHERE state = 'idle' AND deployment_platform = ${options.platform} AND number <= ${options.limit}
        ORDER BY last_used_at NULLS FIRST, number
        LIMIT least((SELECT floor(tokens)::bigint FROM bucket), CASE
          WHEN NOT EXISTS (SELECT 1 FROM bot_pool_slots WHERE state IN ('deploying', 'busy')
            AND deployment_platform = ${options.platform} AND number > ${options.limit}) THEN ${options.batch}::bigint
          ELSE (SELECT greatest(0, least(${options.batch}::bigint, ${options.limit}::bigint - count(*)))
            FROM bot_pool_slots WHERE state IN ('deploying', 'busy') AND deployment_platform = ${options.platform})
        END)
        FOR UPDATE SKIP LOCKED
      ), pairs AS MATERIALIZED (
        SELECT w.bot_id, i.id AS slot_id, i.lease_epoch + 1 AS epoch, w.rn
        FROM (SELECT *, row_number() OVER (ORDER BY order_key, bot_id) AS rn FROM waiting) w
        JOIN (SELECT *, row_number() OVER (ORDER BY last_used_at NULLS FIRST, number) AS rn FROM idle) i USING (rn)
      ), spent AS (
        INSERT INTO bot_pool_platforms AS p (deployment_platform, launch_tokens, launch_tokens_at)
        SELECT ${options.platform}, tokens - count(*), at FROM bucket, pairs GROUP BY tokens, at
        ON CONFLICT (deployment_platform) DO UPDATE
          SET launch_tokens = excluded.launch_tokens, launch_tokens_at = excluded.launch_tokens_at
      ), leased AS (
        UPDATE bot_pool_slots s SET state = 'deploying', bot_id = p.bot_id, lease_epoch = p.epoch, error = NULL,
          lease_expires_at = now() + ${options.launchTimeoutMs} * interval '1 ms'
        FROM pairs p WHERE s.id = p.slot_id
      ), dequeued AS (
        DELETE FROM bot_pool_queue q USING pairs p WHERE q.bot_id = p.bot_id
      ), moved AS (
        UPDATE bots b SET status = 'DEPLOYING', sub_code = 'slot_acquired', attempt = b.attempt + 1, detail = NULL,
          event_seq = b.event_seq + 1,
          slot_at = now(), deploy_requested_at = NULL, claimed_at = NULL, browser_ready_at = NULL,
          knocked_at = NULL, admitted_at = NULL, first_media_at = NULL, leaving_at = NULL, left_at = NULL, uploaded_at = NULL
        FROM pairs p WHERE b.id = p.bot_id
        RETURNING b.id, b.user_id, b.attempt, b.event_seq, b.sub_code, p.slot_id, p.epoch, p.rn,
          'QUEUED' AS from_status, b.status AS to_status, ${details}::jsonb AS details
      ), logged AS (${statusEventsOf(Prisma.sql`moved`)}
      )
      INSERT INTO deployments (id, slot_id, epoch, bot_id, attempt, deployment_platform)
      SELECT (${deploymentIds}::text[])[m.rn], m.slot_id, m.epoch, m.id, m.attempt, ${options.platform}
      FROM moved m
      RETURNING id, bot_id`,
  ]);
  return rows.map((row) => ({ deploymentId: row.id, botId: row.bot_id }));
}
