// Runs the sequencer, which gives committed events their account's number. Every scheduler runs this loop and
// one of them leads; the others try to become the leader every second.
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@meeboter/chassis/log.ts';
import { eventsNumbered, eventWait } from '@meeboter/chassis/metrics.ts';
import { openSequencerSession, type SequencerSession } from '@meeboter/prisma/event-sequencer.ts';

/** Most events of one statement. */
const BATCH = 500;
/** Pause between two statements: while events arrive, and after IDLE_AFTER_MS without any. */
const BUSY_PAUSE_MS = 15;
const IDLE_PAUSE_MS = 40;
const IDLE_AFTER_MS = 10_000;
/** How often a sequencer that does not lead tries to. */
const STANDBY_MS = 1_000;
/** Pause before a lost session is opened again. */
const REOPEN_MS = 500;

/** Starts the loop. Returns a function that ends it. A lost session is opened again until then. */
export function startSequencer({ url, log }: { url: string; log: Log }): () => Promise<void> {
  const ended = new AbortController();
  const { signal } = ended;
  const pause = (ms: number) => delay(ms, undefined, { signal }).catch(() => undefined);

  const leadWith = async (session: SequencerSession): Promise<void> => {
    while (!signal.aborted && !(await session.lead())) await pause(STANDBY_MS);
    if (signal.aborted) return;
    log.info('this sequencer leads');
    let lastAtMs = performance.now();
    while (!signal.aborted) {
      const { numbered, oldestMs } = await session.numberEvents(BATCH);
      if (numbered > 0) {
        lastAtMs = performance.now();
        eventsNumbered.inc(numbered);
        eventWait.observe(oldestMs / 1_000);
      }
      const isIdle = performance.now() - lastAtMs > IDLE_AFTER_MS;
      if (numbered < BATCH) await pause(isIdle ? IDLE_PAUSE_MS : BUSY_PAUSE_MS);
    }
  };

  const loop = (async () => {
    for (let failures = 0; !signal.aborted; ) {
      let session: SequencerSession | undefined;
      try {
        session = await openSequencerSession(url);
        failures = 0;
        await leadWith(session);
      } catch (error) {
        // Logged once per outage, not at every attempt.
        if (failures === 0 && !signal.aborted) log.warn({ err: error }, 'sequencer lost its session');
        failures += 1;
      }
      await session?.close().catch(() => undefined);
      if (!signal.aborted) await pause(REOPEN_MS);
    }
  })();
  return async () => {
    ended.abort();
    await loop;
  };
}
