import type { CallEnd, CallObserver } from '../meeting.ts';
import type { HeldLease } from '../runtime/lease.ts';
import { orAborted, pause, within } from './abort.ts';
import { callMarkers } from './classify.ts';
import { EndDetector, type Look, lookAt } from './ending.ts';
import { acceptConsent, dismissPopups } from './popups.ts';
import { RoomWatch } from './room.ts';
import { isGone, plainUrl, readState, type Visit, wiggle } from './visit.ts';

/** How often a suspicion of the end is looked into. */
const SUSPECT_POLL_MS = 200;
/** What is left to hear when the call is over. */
const LAST_WORDS_MS = 500;

/**
 * Watches the call until it is over (its reason) or the signal is aborted (null).
 * Whoever spoke at that moment has the turn told before this resolves.
 */
export async function watch(visit: Visit, observer: CallObserver, lease: HeldLease): Promise<CallEnd | null> {
  const room = new RoomWatch(visit, observer, lease);
  try {
    const end = await watchUntilOver(visit, room, lease);
    await within(room.listen(), LAST_WORDS_MS, undefined);
    return end;
  } catch (error) {
    if (lease.signal.aborted) return null;
    throw error;
  } finally {
    room.close();
  }
}

async function watchUntilOver(visit: Visit, room: RoomWatch, lease: HeldLease): Promise<CallEnd> {
  const { signal } = lease;
  const { timing, log, page } = visit;
  const { origin, pathname: path } = new URL(page.url());
  const detector = new EndDetector(timing);
  let popupsAt = 0;
  let last: Look['kind'] = 'alive';

  for (;;) {
    const { state, snapshot } = await orAborted(readState(visit), signal);
    const markers = snapshot ? callMarkers(snapshot).length : 0;
    const look: Look = isGone(visit)
      ? { kind: 'gone' }
      : lookAt(state, { home: { origin, path }, url: snapshot?.url ?? null, markers });
    if (look.kind !== last)
      log.info('call_look', { look: look.kind, state: state.kind, url: plainUrl(page.url()) });
    last = look.kind;
    const end = detector.observe(look, performance.now());
    if (end) {
      log.info('call_over', { ...end });
      return end;
    }

    if (state.kind === 'consent') await orAborted(acceptConsent(visit, lease), signal);
    if (look.kind === 'alive') {
      if (performance.now() >= popupsAt) {
        await orAborted(dismissPopups(visit, lease), signal);
        popupsAt = performance.now() + timing.popupMs;
      }
      await orAborted(room.look(), signal);
    } else if (look.kind === 'reconnecting') {
      room.reconnecting();
    } else if (look.kind !== 'over') {
      room.lookAway();
      if (look.kind === 'blank') await orAborted(wiggle(visit), signal);
    }
    await pause(
      detector.suspects ? Math.min(SUSPECT_POLL_MS, timing.watchPollMs) : timing.watchPollMs,
      signal,
    );
  }
}
