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

/** The log of what the bot sees and does on the page. */
export type PageLog = Pick<Log, 'info'>;

/** One meeting on one browser page: what the phases share. */
export interface MeetingPage {
  page: Page;
  url: string;
  displayName: string;
  timing: Timing;
  log: PageLog;
  /** A monotonic clock in ms. */
  nowMs: () => number;
  guard: NavigationGuard;
  /** What the page showed when it last answered, and when that was (by `nowMs`). */
  lastState: MeetState['kind'];
  answeredAtMs: number;
  /** The page has crashed and will not answer again. */
  crashed: boolean;
  /** The lobby was seen after a knock. The next reading may not show it any more. */
  lobbySeen: boolean;
  /** How many times the join button was pressed. */
  knocks: number;
}

/** One reading of the page. `snapshot` is null when the page did not answer. */
export interface Reading {
  state: MeetState;
  snapshot: Snapshot | null;
}

/** Reads the page once and classifies it. Never rejects. */
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

/** Whether the page was closed or has crashed. */
export function isGone(meetingPage: MeetingPage): boolean {
  return meetingPage.crashed || meetingPage.page.isClosed();
}

/** The fault when the page is gone before admission. */
export function goneFault(meetingPage: MeetingPage): MeetingFault {
  return new MeetingFault('browser_failed', meetingPage.crashed ? 'the page crashed' : 'the page was closed');
}

/** A page that has not answered for this long hangs, or the machine is much too slow for it. */
const HANGS_MS = 10_000;

/** Throws `browser_failed` when the page hangs: what it last showed is then not the reason. */
export function throwIfHanging(meetingPage: MeetingPage): void {
  const silentMs = Math.round(meetingPage.nowMs() - meetingPage.answeredAtMs);
  if (silentMs < HANGS_MS) return;
  throw new MeetingFault('browser_failed', `the meeting page has not answered for ${silentMs} ms`, {
    facts: { state: meetingPage.lastState, ...urlFact(meetingPage) },
  });
}

/** An address without query, which may hold a password, and without fragment. */
export function plainUrl(url: string): string {
  if (!URL.canParse(url)) return url.slice(0, 200);
  const { origin, pathname, protocol } = new URL(url);
  return origin === 'null' ? protocol : `${origin}${pathname}`.slice(0, 300);
}

/** The page's address, without its query, as a fact of an event. */
export function urlFact(meetingPage: MeetingPage): { url: string } {
  return { url: plainUrl(meetingPage.page.url()) };
}

/** Moves the mouse, so that the page shows its controls. It hides them while the mouse does not move. */
export async function wiggle(meetingPage: MeetingPage): Promise<void> {
  const size = meetingPage.page.viewportSize() ?? { width: 800, height: 600 };
  const jitter = Math.round(performance.now()) % 20;
  const { mouse } = meetingPage.page;
  await withMouse(meetingPage.page, () =>
    orFallback(mouse.move(size.width / 2 + jitter, size.height - 60 - jitter), 2_000, undefined),
  );
}
