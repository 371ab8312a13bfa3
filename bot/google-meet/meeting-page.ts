import type { Page } from 'playwright';
import type { NavigationGuard } from '../browser/guard.ts';
import { orFallback } from '../clock.ts';
import type { Log } from '../log.ts';
import { MeetingFault } from '../meeting.ts';
import { classify } from './classify.ts';
import { withMouse } from './mouse.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';
import type { MeetState } from './state.ts';
import type { Timing } from './timing.ts';

/** Receives structured lines on what the bot sees and does. */
export type PageLog = Pick<Log, 'info'>;

/** One bot's stay on one page: what all phases of it share. */
export interface MeetingPage {
  page: Page;
  url: string;
  displayName: string;
  timing: Timing;
  log: PageLog;
  /** Monotonic, for how long something has been on the page. */
  nowMs: () => number;
  guard: NavigationGuard;
  /** What the page showed when it last answered, and when that was, by `nowMs`. */
  lastState: MeetState['kind'];
  answeredAtMs: number;
  /** The page crashed: it will never answer again. */
  crashed: boolean;
  /** The knock was seen to arrive in the lobby, which may be gone by the next look. */
  lobbySeen: boolean;
  /** How often the join button was pressed. */
  knocks: number;
}

/** One look at the page. `snapshot` is null when the page did not answer. */
export interface Reading {
  state: MeetState;
  snapshot: Snapshot | null;
}

/** Looks at the page once and says what it is; never rejects. */
export async function readState(meetingPage: MeetingPage): Promise<Reading> {
  const { page, timing, displayName } = meetingPage;
  if (isGone(meetingPage)) return { state: { kind: 'unreadable' }, snapshot: null };
  const snapshot = await orFallback(takeSnapshot(page), timing.readMs, null);
  if (!snapshot) return { state: { kind: 'unreadable' }, snapshot };
  const state = classify(snapshot, displayName);
  meetingPage.lastState = state.kind;
  meetingPage.answeredAtMs = meetingPage.nowMs();
  return { state, snapshot };
}

/** The page was closed or has crashed. */
export function isGone(meetingPage: MeetingPage): boolean {
  return meetingPage.crashed || meetingPage.page.isClosed();
}

/** The fault for a page that is gone before the bot was in the call. */
export function goneFault(meetingPage: MeetingPage): MeetingFault {
  return new MeetingFault('browser_failed', meetingPage.crashed ? 'the page crashed' : 'the page was closed');
}

/** A page that has not answered for this long hangs, or the machine is far too slow for it. */
const HANGS_MS = 10_000;

/** Throws when the page hangs: whatever it last showed is not the reason then. */
export function throwIfHanging(meetingPage: MeetingPage): void {
  const silentMs = Math.round(meetingPage.nowMs() - meetingPage.answeredAtMs);
  if (silentMs < HANGS_MS) return;
  throw new MeetingFault('browser_failed', `the meeting page has not answered for ${silentMs} ms`, {
    facts: { state: meetingPage.lastState, ...urlFact(meetingPage) },
  });
}

/** The page's address for people to read: no query (it may hold a password), no fragment. */
export function plainUrl(url: string): string {
  if (!URL.canParse(url)) return url.slice(0, 200);
  const { origin, pathname, protocol } = new URL(url);
  return origin === 'null' ? protocol : `${origin}${pathname}`.slice(0, 300);
}

/** The page's address, without its query, as a fact of an event. */
export function urlFact(meetingPage: MeetingPage): { url: string } {
  return { url: plainUrl(meetingPage.page.url()) };
}

/** Shows the controls of the page, which hide when the mouse rests. */
export async function wiggle(meetingPage: MeetingPage): Promise<void> {
  const size = meetingPage.page.viewportSize() ?? { width: 800, height: 600 };
  const jitter = Math.round(performance.now()) % 20;
  const { mouse } = meetingPage.page;
  await withMouse(meetingPage.page, () =>
    orFallback(mouse.move(size.width / 2 + jitter, size.height - 60 - jitter), 2_000, undefined),
  );
}
