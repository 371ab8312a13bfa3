import { MeetingFault } from '../meeting.ts';
import type { HeldLease } from '../runtime/lease.ts';
import { pause } from './abort.ts';
import { hasJoinButton } from './classify.ts';
import { acceptConsent, dismissPopups, passGate } from './popups.ts';
import { settle } from './prepare.ts';
import { findJoinButton, press } from './press.ts';
import { isOver, isRefused } from './state.ts';
import { goneFault, isGone, type Reading, readState, throwIfHanging, urlFact, type Visit } from './visit.ts';

/**
 * Presses the button that asks to join, and again while the page does not react.
 * Resolves with the moment of the first press as soon as the page has moved on;
 * what it moved on to is admission's business. Once the lobby was seen it never knocks again.
 */
export async function knock(visit: Visit, lease: HeldLease): Promise<Date> {
  const { signal } = lease;
  const { timing, log } = visit;
  const deadline = performance.now() + timing.knockMs;
  // The bot may have waited here for minutes; the page may have lost the name since.
  await settle(visit, deadline, lease);
  let clickAt = 0;
  let firstPressAt: Date | null = null;

  while (performance.now() < deadline) {
    const reading = await readState(visit);
    signal.throwIfAborted();
    if (isGone(visit)) throw goneFault(visit);
    const { state } = reading;
    if (visit.knocks > 0 && state.kind === 'lobby') visit.lobbySeen = true;
    if (hasMovedOn(reading, visit.knocks)) return firstPressAt ?? new Date();
    if (state.kind === 'consent') await acceptConsent(visit, lease);
    else if (state.kind === 'gate') await passGate(visit, state, lease);
    else if (canKnock(reading) && visit.knocks < timing.knocks && performance.now() >= clickAt) {
      if (visit.knocks > 0) {
        await dismissPopups(visit, lease);
        await settle(visit, deadline, lease);
      }
      const pressed = await press(visit.page, findJoinButton(visit.page), lease).catch(() => false);
      lease.throwIfLost();
      if (pressed) {
        firstPressAt ??= new Date();
        visit.knocks += 1;
        log.info('join_pressed', { knocks: visit.knocks });
        clickAt = performance.now() + timing.knockAgainMs;
      }
    }
    await pause(Math.min(timing.pollMs, 150), signal);
  }
  throwIfHanging(visit);
  throw new MeetingFault(
    'join_failed',
    `the page did not react to ${visit.knocks} clicks on its join button`,
    {
      facts: { knocks: visit.knocks, ...urlFact(visit) },
    },
  );
}

/** The knock has arrived, or there is nothing left to knock on. */
function hasMovedOn({ state }: Reading, knocks: number): boolean {
  if (isRefused(state) || isOver(state) || state.kind === 'captcha' || state.kind === 'in_call') return true;
  // Before the first click a text of the lobby is but a hint on the pre-join page.
  return knocks > 0 && (state.kind === 'lobby' || state.kind === 'splash' || state.kind === 'unknown');
}

function canKnock({ state, snapshot }: Reading): boolean {
  return (
    state.kind === 'prejoin' ||
    (state.kind === 'lobby' && snapshot !== null && hasJoinButton(snapshot, false))
  );
}
