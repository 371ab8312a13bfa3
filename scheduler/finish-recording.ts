// "Nothing recorded is lost": completes a recording whose runtime can no longer
// do it, from the parts that had arrived. The container format plays when cut
// anywhere, so what arrived is what plays.
import { appendEvent } from '@meeboter/prisma/sql/append-events.ts';
import { isToBeFinished } from '@meeboter/prisma/sql/recordings-to-finish.ts';
import type { SchedulerContext } from './context.ts';

/** Completes or gives up one recording; does nothing when it is finished, or its runtime still lives. */
export async function finishRecording(context: SchedulerContext, recordingId: string): Promise<void> {
  const { db, storage, log } = context;
  const recording = await db.recording.findUnique({
    where: { id: recordingId },
    include: { parts: { orderBy: { partNumber: 'asc' } } },
  });
  if (recording?.status !== 'recording') return;
  if (!(await isToBeFinished(db, recordingId))) return;

  // The store knows best what has arrived; the reports may be one part behind.
  const arrived = await storage.listParts(recording.key, recording.uploadId);
  let complete: boolean;
  if (arrived === null) {
    complete = (await storage.size(recording.key)) !== null;
  } else if (arrived.length === 0) {
    await storage.abort(recording.key, recording.uploadId);
    complete = false;
  } else {
    complete = await storage.complete(recording.key, recording.uploadId, arrived);
  }
  const bytes = complete ? await storage.size(recording.key) : null;
  const durationMs = Math.max(0, ...recording.parts.map((part) => part.mediaMs));

  await db.$transaction(async (tx) => {
    const changed = await tx.recording.updateMany({
      where: { id: recording.id, status: 'recording' },
      data: {
        status: complete ? 'ready' : 'failed',
        interrupted: true,
        bytes: bytes ?? 0,
        durationMs: complete ? durationMs : null,
        completedAt: new Date(),
      },
    });
    if (changed.count === 0) return;
    await appendEvent(tx, recording.botId, {
      type: complete ? 'recording.ready' : 'recording.failed',
      ...(complete ? {} : { subCode: 'nothing_arrived' }),
      payload: {
        actor: 'scheduler',
        recording_id: recording.id,
        interrupted: true,
        bytes: bytes ?? 0,
        duration_ms: durationMs,
      },
    });
  });
  log.info(
    { bot_id: recording.botId, recording_id: recording.id, complete, bytes },
    'recording finished by the server',
  );
}
