-- The invariants of docs/architecture.md as one query. It returns one row for each violation: which
-- invariant, and what violates it. No rows: all invariants hold.

-- I1 a bot has at most one slot (unique index), and at most one open deployment that was not abandoned
SELECT 'I1' AS invariant, 'bot ' || bot_id || ' has ' || count(*) || ' open deployments' AS violation
FROM deployments WHERE state <> 'ended' AND abandoned_at IS NULL GROUP BY bot_id HAVING count(*) > 1
UNION ALL
-- I2 a slot is deploying or busy exactly when it has a bot
SELECT 'I2', 'slot ' || id || ' is ' || state || ' with bot ' || coalesce(bot_id, 'none')
FROM bot_pool_slots WHERE (state IN ('deploying', 'busy')) <> (bot_id IS NOT NULL)
UNION ALL
-- I3 a bot is QUEUED exactly when it has a row in the pool queue
SELECT 'I3', 'bot ' || b.id || ' is ' || b.status || CASE WHEN q.bot_id IS NULL THEN ' without' ELSE ' with' END || ' a queue row'
FROM bots b LEFT JOIN bot_pool_queue q ON q.bot_id = b.id
WHERE (b.status = 'QUEUED') <> (q.bot_id IS NOT NULL)
UNION ALL
-- I4 DEPLOYING to LEAVING: the bot has a slot
SELECT 'I4', 'bot ' || b.id || ' is ' || b.status || ' without a slot'
FROM bots b LEFT JOIN bot_pool_slots s ON s.bot_id = b.id
WHERE b.status IN ('DEPLOYING', 'JOINING_CALL', 'IN_WAITING_ROOM', 'IN_CALL', 'LEAVING') AND s.id IS NULL
UNION ALL
-- I5 an ended bot's slot drains, and is free after the stop timeout
SELECT 'I5', 'bot ' || b.id || ' ended at ' || b.ended_at || ' and still holds slot ' || s.id
FROM bots b JOIN bot_pool_slots s ON s.bot_id = b.id
WHERE b.status IN ('DONE', 'FATAL', 'CANCELLED')
  AND (s.draining_at IS NULL OR s.draining_at < now() - interval '5 minutes')
UNION ALL
-- I6 at most one claim per bot and attempt (unique index on bot and attempt); a claimed deployment names its runtime
SELECT 'I6', 'deployment ' || id || ' is claimed without a runtime or a time' FROM deployments
WHERE state = 'claimed' AND (runtime_id IS NULL OR claimed_at IS NULL)
UNION ALL
-- I7 every change of status has its event: the last one's `to` is the bot's status
SELECT 'I7', 'bot ' || b.id || ' is ' || b.status || ', its last event says ' || coalesce(e.to_status, 'nothing')
FROM bots b LEFT JOIN LATERAL (
  SELECT payload ->> 'to' AS to_status FROM events
  WHERE bot_id = b.id AND type = 'bot.status_changed' ORDER BY bot_seq DESC LIMIT 1) e ON true
WHERE e.to_status IS DISTINCT FROM b.status::text
UNION ALL
-- I7 the `from` of each status event is the `to` of the one before it
SELECT 'I7', 'event ' || bot_seq || ' of bot ' || bot_id || ' moves from ' || coalesce(from_status, 'nothing') || ', the one before it to ' || coalesce(previous, 'nothing')
FROM (
  SELECT bot_id, bot_seq, payload ->> 'from' AS from_status,
    lag(payload ->> 'to') OVER (PARTITION BY bot_id ORDER BY bot_seq) AS previous
  FROM events WHERE type = 'bot.status_changed' AND NOT erased) moves
WHERE from_status IS DISTINCT FROM previous
UNION ALL
-- I7 a bot's own event numbers have no gap and no repeat (unique index), and agree with its counter
SELECT 'I7', 'bot ' || b.id || ' counts ' || b.event_seq || ' events but has ' || coalesce(e.n, 0) || ', the highest number being ' || coalesce(e.highest, 0)
FROM bots b LEFT JOIN (
  SELECT bot_id, count(*) AS n, min(bot_seq) AS lowest, max(bot_seq) AS highest FROM events GROUP BY bot_id) e ON e.bot_id = b.id
WHERE coalesce(e.highest, 0) <> b.event_seq OR e.n <> e.highest - e.lowest + 1
UNION ALL
-- I7 the same holds for an account's event numbers; the oldest events may have been deleted
SELECT 'I7', 'account ' || e.user_id || ' counts ' || coalesce(c.last_seq, 0) || ' events but has ' || e.n || ', numbered ' || e.lowest || ' to ' || e.highest
FROM (
  SELECT user_id, count(*) AS n, min(seq) AS lowest, max(seq) AS highest FROM events WHERE seq IS NOT NULL GROUP BY user_id) e
LEFT JOIN event_counters c USING (user_id)
WHERE e.n <> e.highest - e.lowest + 1 OR e.highest <> coalesce(c.last_seq, 0)
UNION ALL
-- I7 the account's numbers of a bot's events are in the order of the bot's own numbers, and a numbered event
-- has no unnumbered one before it
SELECT 'I7', 'event ' || bot_seq || ' of bot ' || bot_id || ' has the account number ' || seq || ', the one before it ' || coalesce(previous::text, 'none')
FROM (
  SELECT bot_id, bot_seq, seq, lag(seq) OVER bot AS previous, lag(bot_seq) OVER bot AS previous_bot_seq
  FROM events WINDOW bot AS (PARTITION BY bot_id ORDER BY bot_seq)) numbers
WHERE seq IS NOT NULL AND previous_bot_seq IS NOT NULL AND (previous IS NULL OR previous > seq)
UNION ALL
-- I7 the sequencer numbers each event within 15 s
SELECT 'I7', 'event ' || bot_seq || ' of bot ' || bot_id || ' has waited for its number since ' || at
FROM events WHERE seq IS NULL AND at < now() - interval '15 seconds'
UNION ALL
-- I8 no SCHEDULED bot is past its start by more than 15 s. When the start was in the past already as the bot
-- was booked or moved, the 15 s count from that event
SELECT 'I8', 'bot ' || id || ' should have started at ' || start_at
FROM bots b WHERE status = 'SCHEDULED' AND start_at < now() - interval '15 seconds'
  AND NOT EXISTS (SELECT 1 FROM events e WHERE e.bot_id = b.id AND e.at > now() - interval '15 seconds')
UNION ALL
-- I9 no more slots of a platform are in use than its limit. After the limit was lowered more may still be in
-- use, but no slot may be given out until they are fewer. So it is a violation when a platform is over its
-- limit and gave out a slot more than 10 s after the limit was set; the 10 s are for a dispatch that had read
-- the old limit.
SELECT 'I9', p.deployment_platform || ' has ' || used.n || ' slots in use; its limit is ' || p.bot_limit || ' since ' || p.bot_limit_at
FROM bot_pool_platforms p JOIN (
  SELECT deployment_platform, count(*) AS n FROM bot_pool_slots
  WHERE state IN ('deploying', 'busy') GROUP BY deployment_platform) used USING (deployment_platform)
WHERE used.n > p.bot_limit AND EXISTS (
  SELECT 1 FROM deployments d WHERE d.deployment_platform = p.deployment_platform
    AND d.created_at > p.bot_limit_at + interval '10 seconds')
UNION ALL
-- I6 a slot's epoch is the number of its deployments
SELECT 'I6', 'slot ' || s.id || ' is at epoch ' || s.lease_epoch || ' with ' || count(d.id) || ' deployments'
FROM bot_pool_slots s LEFT JOIN deployments d ON d.slot_id = s.id
GROUP BY s.id, s.lease_epoch HAVING count(d.id) <> s.lease_epoch
