// The sequencer gives committed events their account's number (docs/architecture.md, "The event log").
// It works on a database session of its own, which holds an advisory lock for as long as it leads.
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** Any number, the same for every sequencer on one database; no other lock has it. */
const SEQUENCER_LOCK = 7_201_128;
/** The server ends a session that says nothing for this long: the lock of a frozen process must not stay taken. */
const SILENT_MS = 2_000;
/** No statement here takes longer, unless the server hangs. */
const STATEMENT_MS = 5_000;
/** A server that hangs does not answer the good-bye either. */
const CLOSE_MS = 200;

/** Readers LISTEN on this channel. A notification's payload is a JSON array of account ids, or empty when they are too many. */
export const EVENTS_CHANNEL = 'meeboter_events';
/** A payload may have 8,000 bytes: https://www.postgresql.org/docs/current/sql-notify.html */
const PAYLOAD_BYTES = 7_500;

/**
 * One statement, so that a process that dies or freezes leaves nothing half done: the oldest events without
 * a number (by arrival, which within a bot is the order of its own numbers) get the next numbers of
 * their accounts, and readers are notified once. The lock on an account's counter is held until the commit,
 * so a reader that sees number n has no lower one appear later, even if two sequencers ran at once. An
 * event whose transaction commits late is found by a later run. Served by events_unnumbered and primary keys.
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
  ), told AS (
    SELECT jsonb_agg(user_id)::text AS accounts FROM counted
  )
  SELECT (SELECT count(*)::int FROM numbered) AS numbered,
    (SELECT (extract(epoch FROM clock_timestamp() - min(at)) * 1000)::float8 FROM fresh) AS oldest_ms,
    pg_notify($2, CASE WHEN octet_length(accounts) <= $3 THEN accounts ELSE '' END)
  FROM told WHERE accounts IS NOT NULL`;

export interface NumberedBatch {
  /** How many events got their number. */
  numbered: number;
  /** How long ago the transaction of the oldest of them began, ms. */
  oldestMs: number;
}

export interface SequencerSession {
  /** Whether this session leads from now on: no other one does. Once true it stays true while the session lives. */
  lead(): Promise<boolean>;
  /** Numbers up to `limit` events. */
  numberEvents(limit: number): Promise<NumberedBatch>;
  close(): Promise<void>;
}

/**
 * Opens a session. `url` must lead to the server itself: a pooler that hands out sessions by transaction
 * would lose the lock. Throws when the database is away; so does every call once the session is lost.
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
