import type { NavigationGuard } from '../browser/guard.ts';
import type { PagePort } from '../browser/page-port.ts';
import { orFallback } from '../clock.ts';
import type { Log } from '../log.ts';
import { MeetingFault } from '../meeting.ts';
import { classify } from './classify.ts';
import type { PlatformData, Whereabouts } from './data.ts';
import type { Line } from './line.ts';
import { withMouse } from './mouse.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';
import type { PageState } from './state.ts';
import type { Timing } from './timing.ts';

/** The log of what the bot sees and does on the page. */
export type PageLog = Pick<Log, 'info'>;

/** One meeting on one browser page: what the phases share. */
export interface MeetingPage {
  page: PagePort;
  data: PlatformData;
  url: string;
  displayName: string;
  /** The passcode that the page may ask for; null when the booking has none. */
  passcode: string | null;
  timing: Timing;
  log: PageLog;
  /** A monotonic clock in ms. */
  nowMs: () => number;
  guard: NavigationGuard;
  /** The page's connection to its platform. */
  line: Line;
  /** What the page showed when it last answered, and when that was (by `nowMs`). */
  lastState: PageState['kind'];
  answeredAtMs: number;
  /** The page has crashed and will not answer again. */
  crashed: boolean;
  /** The lobby was seen after a knock. The next reading may not show it any more. */
  lobbySeen: boolean;
  /** The lobby said that nobody has started the meeting when it was last seen. */
  notStarted: boolean;
  /** How many times the join button was pressed, in all, and since the page was opened. */
  knocks: number;
  knocksHere: number;
  /** When the link was first opened, by `nowMs`, and how many times it was. */
  firstOpenedAtMs: number;
  visits: number;
  /** The server has answered that there is no such page. The page may say more. */
  isMissing: boolean;
  /** What the page has said of a refusal or an end, and when: it can show less afterwards. */
  told: { state: PageState; atMs: number } | null;
  /** How many times a passcode was given. */
  passcodesGiven: number;
  /** The name as the field has taken it: pages cut long names. Null before it was typed. */
  nameShown: string | null;
}

/** One reading of the page. `snapshot` is null when the page did not answer. */
export interface Reading {
  state: PageState;
  snapshot: Snapshot | null;
}

/** Reads the page once and classifies it. Never rejects. */
export async function readState(meetingPage: MeetingPage): Promise<Reading> {
  const { timing, displayName, data, url, knocksHere } = meetingPage;
  if (isGone(meetingPage)) return { state: { kind: 'unreadable' }, snapshot: null };
  const snapshot = await orFallback(takeSnapshot(meetingPage), timing.readMs, null);
  if (!snapshot) return { state: { kind: 'unreadable' }, snapshot };
  const state = classify(snapshot, { data, link: url, ownName: displayName, knocked: knocksHere > 0 });
  meetingPage.lastState = state.kind;
  meetingPage.answeredAtMs = meetingPage.nowMs();
  if (state.kind === 'lobby') meetingPage.notStarted = state.notStarted;
  return { state, snapshot };
}

/** Where the page is, seen from the meeting. An empty page is on its way to the meeting. */
export function whereIs({ page, data, url }: MeetingPage): Whereabouts {
  const now = page.url();
  return now === 'about:blank' || now === '' ? 'meeting' : data.whereIs(now, url);
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
export async function wiggle({ page }: MeetingPage): Promise<void> {
  const size = await orFallback(page.size(), 2_000, { width: 800, height: 600 });
  const jitter = Math.round(performance.now()) % 20;
  await withMouse(page, () =>
    orFallback(page.moveMouse(size.width / 2 + jitter, size.height - 60 - jitter), 2_000, undefined),
  );
}
