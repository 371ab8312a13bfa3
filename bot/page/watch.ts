import { orAborted, orFallback, sleep } from '../clock.ts';
import type { CallEnd, CallObserver } from '../meeting.ts';
import type { HeldLease } from '../runtime/lease.ts';
import { CallEndDetector, type Sighting, sightingOf } from './call-end.ts';
import { callMarkers } from './classify.ts';
import { keepDevicesOff } from './devices.ts';
import { isGone, type MeetingPage, plainUrl, readState, wiggle } from './meeting-page.ts';
import { ownWords } from './own-words.ts';
import { acceptConsent, dismissPopups, joinAudio } from './popups.ts';
import { RoomWatch } from './room.ts';

/** How often the page is read while there is a sign of the end. */
const SUSPECT_POLL_MS = 200;
/** How long reading the last turns may take when the call is over. */
const LAST_WORDS_MS = 500;

/**
 * Watches the call until it is over. Resolves to its end, or to null when the signal is aborted. The
 * observer hears of turns that are open at that moment before this resolves.
 */
export async function watch(
  meetingPage: MeetingPage,
  observer: CallObserver,
  lease: HeldLease,
): Promise<CallEnd | null> {
  const room = new RoomWatch(meetingPage, observer, lease);
  try {
    const end = await watchUntilOver(meetingPage, room, lease);
    await orFallback(room.tellTurns(), LAST_WORDS_MS, undefined);
    return end;
  } catch (error) {
    if (lease.signal.aborted) return null;
    throw error;
  } finally {
    room.close();
  }
}

async function watchUntilOver(meetingPage: MeetingPage, room: RoomWatch, lease: HeldLease): Promise<CallEnd> {
  const { signal } = lease;
  const { timing, log, page, data, url } = meetingPage;
  // Where the bot was admitted is the meeting, whatever its address looks like.
  const home = plainUrl(page.url());
  const isAway = (address: string) => plainUrl(address) !== home && data.whereIs(address, url) === 'away';
  const detector = new CallEndDetector(timing, (text) => ownWords(text, data));
  let popupsAt = 0;
  let last: Sighting['kind'] = 'alive';

  for (;;) {
    const { state, snapshot } = await orAborted(readState(meetingPage), signal);
    const markers = snapshot ? callMarkers(snapshot).length : 0;
    const look: Sighting = isGone(meetingPage)
      ? { kind: 'gone' }
      : sightingOf(state, { isAway: snapshot !== null && isAway(snapshot.url), markers });
    if (look.kind !== last)
      log.info('call_look', { look: look.kind, state: state.kind, url: plainUrl(page.url()) });
    last = look.kind;
    const end = detector.observe(look, performance.now());
    if (end) {
      log.info('call_over', { reason: end.reason, because: end.because });
      return end;
    }

    if (state.kind === 'consent') await orAborted(acceptConsent(meetingPage, lease), signal);
    if (look.kind === 'alive') {
      if (performance.now() >= popupsAt) {
        await orAborted(dismissPopups(meetingPage, lease), signal);
        await orAborted(joinAudio(meetingPage, lease), signal);
        await orAborted(keepDevicesOff(meetingPage, lease), signal);
        popupsAt = performance.now() + timing.popupMs;
      }
      await orAborted(room.observe({ alone: state.kind === 'in_call' && state.alone }), signal);
    } else if (look.kind === 'reconnecting') {
      room.reconnecting();
    } else if (look.kind !== 'over') {
      room.observeNothing();
      if (look.kind === 'blank' || look.kind === 'strange') await orAborted(wiggle(meetingPage), signal);
    }
    await sleep(
      detector.suspects ? Math.min(SUSPECT_POLL_MS, timing.watchPollMs) : timing.watchPollMs,
      signal,
    );
  }
}
