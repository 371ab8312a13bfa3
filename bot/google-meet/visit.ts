import type { Page } from 'playwright';
import type { NavigationGuard } from '../browser/guard.ts';
import type { Log } from '../log.ts';
import { MeetingFault } from '../meeting.ts';
import { within } from './abort.ts';
import { classify } from './classify.ts';
import { withMouse } from './mouse.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';
import type { MeetState } from './state.ts';
import type { Timing } from './timing.ts';

/** Receives structured lines on what the bot sees and does. */
export type MeetLog = Pick<Log, 'info'>;

/** One bot's stay on one page: what all phases of it share. */
export interface Visit {
  page: Page;
  url: string;
  displayName: string;
  timing: Timing;
  log: MeetLog;
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
export async function readState(visit: Visit): Promise<Reading> {
  const { page, timing, displayName } = visit;
  if (isGone(visit)) return { state: { kind: 'unreadable' }, snapshot: null };
  const snapshot = await within(takeSnapshot(page), timing.readMs, null);
  if (!snapshot) return { state: { kind: 'unreadable' }, snapshot };
  const state = classify(snapshot, displayName);
  visit.lastState = state.kind;
  visit.answeredAtMs = visit.nowMs();
  return { state, snapshot };
}

/** The page was closed or has crashed. */
export function isGone(visit: Visit): boolean {
  return visit.crashed || visit.page.isClosed();
}

/** The fault for a page that is gone before the bot was in the call. */
export function goneFault(visit: Visit): MeetingFault {
  return new MeetingFault('browser_failed', visit.crashed ? 'the page crashed' : 'the page was closed');
}

/** A page that has not answered for this long hangs, or the machine is far too slow for it. */
const HANGS_MS = 10_000;

/** Throws when the page hangs: whatever it last showed is not the reason then. */
export function throwIfHanging(visit: Visit): void {
  const silentMs = Math.round(visit.nowMs() - visit.answeredAtMs);
  if (silentMs < HANGS_MS) return;
  throw new MeetingFault('browser_failed', `the meeting page has not answered for ${silentMs} ms`, {
    facts: { state: visit.lastState, ...urlFact(visit) },
  });
}

/** The page's address for people to read: no query (it may hold a password), no fragment. */
export function plainUrl(url: string): string {
  if (!URL.canParse(url)) return url.slice(0, 200);
  const { origin, pathname, protocol } = new URL(url);
  return origin === 'null' ? protocol : `${origin}${pathname}`.slice(0, 300);
}

/** The page's address, without its query, as a fact of an event. */
export function urlFact(visit: Visit): { url: string } {
  return { url: plainUrl(visit.page.url()) };
}

/** Shows the controls of the page, which hide when the mouse rests. */
export async function wiggle(visit: Visit): Promise<void> {
  const size = visit.page.viewportSize() ?? { width: 800, height: 600 };
  const jitter = Math.round(performance.now()) % 20;
  const { mouse } = visit.page;
  await withMouse(visit.page, () =>
    within(mouse.move(size.width / 2 + jitter, size.height - 60 - jitter), 2_000, undefined),
  );
}
