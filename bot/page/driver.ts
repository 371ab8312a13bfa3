// Creates the Meeting of any platform on a browser page, from the platform's data.
//
//   data.ts, common.ts, texts.ts              what the pages of a platform are like
//   snapshot.ts, seen-room.ts, speakers.ts    read the page, inside the page
//   classify.ts                               decides what was read: pure
//   prepare, knock, admission, watch, leave   the phases, in this order
//   call-end.ts, turns.ts, people.ts          the decisions of `watch`: pure
import type { BrowserNeeds } from '../browser/browser.ts';
import type { NavigationGuard } from '../browser/guard.ts';
import type { PagePort } from '../browser/page-port.ts';
import { orAborted } from '../clock.ts';
import type { Driver } from '../driver.ts';
import type { Meeting } from '../meeting.ts';
import { admission } from './admission.ts';
import { writeToChat } from './chat.ts';
import type { PlatformData } from './data.ts';
import { knock } from './knock.ts';
import { leave } from './leave.ts';
import { watchLine } from './line.ts';
import type { MeetingPage, PageLog } from './meeting-page.ts';
import { ownWords } from './own-words.ts';
import { prepare } from './prepare.ts';
import { TIMING, type Timing } from './timing.ts';
import { watch } from './watch.ts';

export interface PageMeetingOptions {
  data: PlatformData;
  /** An unused page of a Chromium with the locale en-US. */
  page: PagePort;
  /** The meeting's link. */
  url: string;
  /** The name to join with. */
  displayName: string;
  /** The passcode that the page may ask for. */
  passcode?: string | null;
  /** Decides which addresses the page may open. It must allow `url`. */
  guard: NavigationGuard;
  log?: PageLog;
  /** A monotonic clock in ms, which tests replace. */
  nowMs?: () => number;
  /** Shorter waits, for tests. */
  timing?: Partial<Timing>;
}

/**
 * Creates the driver for one meeting.
 *
 * @example
 * const guard = guardNavigation(page, ['https://meet.google.com'], log);
 * const meeting = createPageMeeting({ data: GOOGLE_MEET, page, url, displayName: 'Notes', guard });
 * await meeting.prepare(lease.held(signal));
 * await meeting.knock(lease.held(signal));
 * await meeting.admission(() => console.log('waiting'), lease.held(signal));
 * const end = await meeting.watch(observer, lease.held(signal));
 */
export function createPageMeeting(options: PageMeetingOptions): Meeting {
  const { data, page, url, displayName, passcode = null, guard } = options;
  const { log = { info: () => undefined }, timing = {}, nowMs = () => performance.now() } = options;
  const meetingPage: MeetingPage = {
    ...{ data, page, url, displayName, passcode, guard, log, nowMs },
    timing: { ...TIMING, ...timing },
    line: watchLine(page, nowMs),
    crashed: false,
    lastState: 'splash',
    answeredAtMs: nowMs(),
    lobbySeen: false,
    notStarted: false,
    knocks: 0,
    knocksHere: 0,
    firstOpenedAtMs: nowMs(),
    visits: 0,
    isMissing: false,
    told: null,
    passcodesGiven: 0,
    nameShown: null,
  };
  page.onCrash(() => {
    meetingPage.crashed = true;
  });

  return {
    prepare: (lease) => orAborted(prepare(meetingPage, lease), lease.signal),
    knock: (lease) => orAborted(knock(meetingPage, lease), lease.signal),
    admission: (onWaitingRoom, lease) =>
      orAborted(admission(meetingPage, onWaitingRoom, lease), lease.signal),
    watch: (observer, lease) => watch(meetingPage, observer, lease),
    write: (text, lease) => orAborted(writeToChat(meetingPage, text, lease), lease.signal),
    lastSeen: () => ({
      state: meetingPage.lastState,
      silentMs: meetingPage.nowMs() - meetingPage.answeredAtMs,
      notStarted: meetingPage.notStarted,
    }),
    remedy: data.remedy,
    ownWords: (text) => ownWords(text, data),
    leave: () => leave(meetingPage),
  };
}

/**
 * The driver of a platform whose meetings are attended on its page. Every platform gets leave to use microphone and
 * camera, which are fakes: without it a modal stands in the way (Teams), or there is no sound of the meeting (Zoom).
 */
export function pageDriver(data: PlatformData, library: BrowserNeeds['library']): Driver {
  return {
    needs: { library, permissions: ['audioCapture', 'videoCapture'], flags: [] },
    create: async ({ page, guard }, claim, log) =>
      createPageMeeting({
        ...{ data, page, guard, log },
        url: claim.meeting.url,
        displayName: claim.display_name,
        passcode: claim.meeting.passcode,
      }),
  };
}
