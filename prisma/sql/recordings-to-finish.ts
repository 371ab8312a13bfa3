import type { Db } from '../client.ts';
import { Prisma } from '../generated/client.ts';

const LIMIT = 500;

/**
 * Recordings that are to be finished now: their runtime said that all parts are there, or no runtime is left
 * that could say so. None is left when the deployment has ended; or when its slot was taken out of use because
 * nobody confirms that it has ended, and the lease is over by which the runtime leaves by itself.
 * Served by recordings_unfinished and deployments_open_per_bot.
 */
const toFinish = Prisma.sql`
    r.status = 'recording' AND (r.finish_at IS NULL OR r.finish_at <= now())
      AND (r.delivered_at IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM deployments d JOIN bot_pool_slots s ON s.id = d.slot_id AND s.lease_epoch = d.epoch
        WHERE d.bot_id = r.bot_id AND d.attempt = r.attempt AND d.state <> 'ended'
          AND (s.state <> 'error' OR s.lease_expires_at > now())))`;

/** Those that were started first. */
export async function recordingsToFinish(db: Db): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT r.id FROM recordings r WHERE ${toFinish} ORDER BY r.started_at LIMIT ${LIMIT}`;
  return rows.map((row) => row.id);
}

/** A recording whose turn to be finished its holder has. */
export interface RecordingTurn {
  id: string;
  bot_id: string;
  key: string;
  upload_id: string;
  content_type: string;
  /** The runtime said that all parts are there. */
  delivered: boolean;
  /** As the runtime said, ms. */
  duration_ms: number | null;
  /** That the store has answered, this one included. */
  tries: number;
  /** Since the first try, ms. */
  since_ms: number;
  /** What an earlier turn has noted of a file that is to be mended. */
  unmended: unknown;
}

/**
 * Takes the turn to finish a recording, for `forMs`: nobody else has it meanwhile. Null when it is finished,
 * when its runtime still lives, or when the turn is somebody else's. Served by the primary key.
 */
export async function takeRecordingTurn(
  db: Db,
  recordingId: string,
  forMs: number,
): Promise<RecordingTurn | null> {
  const rows = await db.$queryRaw<RecordingTurn[]>`
    UPDATE recordings r SET finish_tries = r.finish_tries + 1, finish_since = coalesce(r.finish_since, now()),
      finish_at = now() + ${forMs} * interval '1 ms'
    WHERE r.id = ${recordingId} AND ${toFinish}
    RETURNING r.id, r.bot_id, r.key, r.upload_id, r.content_type, r.delivered_at IS NOT NULL AS delivered, r.duration_ms,
      r.finish_tries AS tries, r.unmended, (extract(epoch FROM now() - r.finish_since) * 1000)::float8 AS since_ms`;
  return rows[0] ?? null;
}

/**
 * Gives a turn back: the recording is to be finished in `inMs`. `said`: what keeps it from being finished.
 * `isAnswer`: the store said so, and the try counts. Served by the primary key.
 */
export async function postponeRecording(
  db: Db,
  recordingId: string,
  { inMs, said, isAnswer }: { inMs: number; said: string; isAnswer: boolean },
): Promise<void> {
  await db.$executeRaw`
    UPDATE recordings SET finish_at = now() + ${inMs} * interval '1 ms', detail = ${said},
      finish_tries = finish_tries - ${isAnswer ? 0 : 1}
    WHERE id = ${recordingId} AND status = 'recording'`;
}

/** Keeps a turn for so long, to mend the file; and notes of it what a later turn needs to know. Served by the primary key. */
export async function noteUnmended(
  db: Db,
  recordingId: string,
  { forMs, unmended }: { forMs: number; unmended: object },
): Promise<void> {
  await db.$executeRaw`
    UPDATE recordings SET finish_at = now() + ${forMs} * interval '1 ms', unmended = ${JSON.stringify(unmended)}::jsonb
    WHERE id = ${recordingId} AND status = 'recording'`;
}
