// The sequencer gives committed events their account's number (docs/architecture.md, "The event log").
// It uses a database session of its own, which holds an advisory lock while it is the leader.
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** Key of the advisory lock. Arbitrary, but no other lock of ours has it. */
const SEQUENCER_LOCK = 7_201_128;
/** PostgreSQL ends a session that sends no statement for this long, so that a frozen process loses its lock. */
const SILENT_MS = 2_000;
/** Timeout of a statement. None takes this long, unless the server hangs. */
const STATEMENT_MS = 5_000;
/** How long closing waits for the server: one that hangs does not answer. */
const CLOSE_MS = 200;

/** Readers LISTEN on this channel. A payload is a JSON array of account ids, or empty when the array would be too long. */
export const EVENTS_CHANNEL = 'meeboter_events';
/** PostgreSQL allows less than 8,000 bytes: https://www.postgresql.org/docs/current/sql-notify.html */
const PAYLOAD_BYTES = 7_500;

/**
 * Gives the oldest events without a number the next numbers of their accounts, and notifies readers once.
 * It is one statement, so that a process that dies or freezes leaves nothing half done. "Oldest" is by
 * position, which within a bot is the order of its own numbers. An event whose transaction commits late is
 * found by a later run. The lock on an account's counter is held until the commit, so once a reader sees
 * number n, no lower number appears later, even if two sequencers run at the same time. Served by
 * events_unnumbered and the primary keys.
 */
const NUMBER_EVENTS = `
  WITH fresh AS MATERIALIZED (
    SELECT position, user_id, at FROM events WHERE seq IS NULL ORDER BY position LIMIT $1 FOR NO KEY UPDATE
  ), counted AS (
    INSERT INTO event_counters AS c (user_id, last_seq)
    SELECT user_id, count(*) FROM fresh GROUP BY user_id ORDER BY user_id
    ON CONFLICT (user_id) DO UPDATE SET last_seq = c.last_seq + excluded.last_seq
    RETURNING user_id, last_seq
  ), numbered AS (
    UPDATE events e SET seq = c.last_seq - f.later
    FROM (SELECT position, user_id, count(*) OVER (PARTITION BY user_id ORDER BY position DESC) - 1 AS later FROM fresh) f
    JOIN counted c USING (user_id)
    WHERE e.position = f.position
    RETURNING e.position
  ), notified AS (
    SELECT jsonb_agg(user_id)::text AS accounts FROM counted
  )
  SELECT (SELECT count(*)::int FROM numbered) AS numbered,
    (SELECT (extract(epoch FROM clock_timestamp() - min(at)) * 1000)::float8 FROM fresh) AS oldest_ms,
    pg_notify($2, CASE WHEN octet_length(accounts) <= $3 THEN accounts ELSE '' END)
  FROM notified WHERE accounts IS NOT NULL`;

export interface NumberedBatch {
  /** How many events got a number. */
  numbered: number;
  /** How long ago the transaction that wrote the oldest of them began, ms. */
  oldestMs: number;
}

export interface SequencerSession {
  /** Tries to become the leader; at most one session is. Once true, it stays true while the session lives. */
  lead(): Promise<boolean>;
  /** Gives up to `limit` events their numbers. */
  numberEvents(limit: number): Promise<NumberedBatch>;
  close(): Promise<void>;
}

/**
 * Opens a session. `url` must lead to the server itself: behind a pooler in transaction mode the lock would
 * be lost. Throws when the database is away; so does every call after the session is lost.
 */
export async function openSequencerSession(url: string): Promise<SequencerSession> {
  const socket = new Socket();
  const client = new pg.Client({
    stream: () => socket,
    connectionString: url,
    application_name: 'meeboter sequencer',
    connectionTimeoutMillis: STATEMENT_MS,
    query_timeout: STATEMENT_MS,
  });
  // A lost connection fails the next call; without a listener it would end the process.
  client.on('error', () => undefined);
  const close = async () => {
    await Promise.race([client.end().catch(() => undefined), delay(CLOSE_MS)]);
    socket.destroy();
  };
  try {
    await client.connect();
    await client.query(`SELECT set_config('idle_session_timeout', $1, false)`, [String(SILENT_MS)]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async lead() {
      const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [
        SEQUENCER_LOCK,
      ]);
      return rows[0]?.mine ?? false;
    },
    async numberEvents(limit) {
      const { rows } = await client.query<{ numbered: number; oldest_ms: number }>({
        name: 'number_events',
        text: NUMBER_EVENTS,
        values: [limit, EVENTS_CHANNEL, PAYLOAD_BYTES],
      });
      return { numbered: rows[0]?.numbered ?? 0, oldestMs: rows[0]?.oldest_ms ?? 0 };
    },
    close,
  };
}
