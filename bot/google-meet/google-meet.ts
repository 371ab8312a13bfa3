// Joins Google Meet as a guest: a Meeting on one browser page.
//
//   texts.ts, selectors.ts                    the page's texts and selectors: data
//   snapshot.ts                               reads the page once, inside the page
//   classify.ts                               decides what was read: pure
//   prepare, knock, admission, watch, leave   the phases, in this order
//   call-end.ts, turns.ts, people.ts          the decisions of `watch`: pure
import type { Page } from 'playwright';
import type { NavigationGuard } from '../browser/guard.ts';
import { orAborted } from '../clock.ts';
import type { Meeting } from '../meeting.ts';
import { admission } from './admission.ts';
import { knock } from './knock.ts';
import { leave } from './leave.ts';
import type { MeetingPage, PageLog } from './meeting-page.ts';
import { ownWords } from './own-words.ts';
import { prepare } from './prepare.ts';
import { TIMING, type Timing } from './timing.ts';
import { watch } from './watch.ts';

export interface GoogleMeetOptions {
  /** An unused page of a Chromium with the locale en-US. */
  page: Page;
  /** The meeting's link. */
  url: string;
  /** The name to join with. */
  displayName: string;
  /** Decides which addresses the page may open. It must allow `url`. */
  guard: NavigationGuard;
  log?: PageLog;
  /** A monotonic clock in ms, which tests replace. */
  nowMs?: () => number;
  /** Shorter waits, for tests. */
  timing?: Partial<Timing>;
}

/**
 * Creates the driver for one Google Meet meeting.
 *
 * @example
 * const guard = guardNavigation(page, ['https://meet.google.com'], log);
 * const meeting = createGoogleMeet({ page, url, displayName: 'Notes', guard });
 * await meeting.prepare(lease.held(signal));
 * await meeting.knock(lease.held(signal));
 * await meeting.admission(() => console.log('waiting'), lease.held(signal));
 * const end = await meeting.watch(observer, lease.held(signal));
 */
export function createGoogleMeet(options: GoogleMeetOptions): Meeting {
  const { page, url, displayName, guard, log = { info: () => undefined }, timing = {} } = options;
  const nowMs = options.nowMs ?? (() => performance.now());
  const meetingPage: MeetingPage = {
    page,
    url,
    displayName,
    log,
    nowMs,
    timing: { ...TIMING, ...timing },
    guard,
    crashed: false,
    lastState: 'splash',
    answeredAtMs: nowMs(),
    lobbySeen: false,
    knocks: 0,
  };
  page.on('crash', () => {
    meetingPage.crashed = true;
  });

  return {
    prepare: (lease) => orAborted(prepare(meetingPage, lease), lease.signal),
    knock: (lease) => orAborted(knock(meetingPage, lease), lease.signal),
    admission: (onWaitingRoom, lease) =>
      orAborted(admission(meetingPage, onWaitingRoom, lease), lease.signal),
    watch: (observer, lease) => watch(meetingPage, observer, lease),
    lastSeen: () => ({
      state: meetingPage.lastState,
      silentMs: meetingPage.nowMs() - meetingPage.answeredAtMs,
    }),
    ownWords,
    leave: () => leave(meetingPage),
  };
}
