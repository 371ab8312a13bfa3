// How a meeting platform is attended: what its driver needs of the stage, and how it makes a Meeting of a page. A
// driver whose runtime is no browser would have other needs; nothing else in the program knows of pages but the stage
// and the evidence.
import type { ClaimAnswer } from '@meeboter/domain/bot-protocol.ts';
import type { Browser, BrowserNeeds } from './browser/browser.ts';
import type { Log } from './log.ts';
import type { Meeting } from './meeting.ts';

export interface Driver {
  /** Known before the browser starts. */
  needs: BrowserNeeds;
  create(stage: Pick<Browser, 'page' | 'guard'>, claim: ClaimAnswer, log: Log): Promise<Meeting>;
}

/** Finds the driver for a claim. Throws MeetingFault when there is none. */
export type LoadDriver = (claim: ClaimAnswer) => Promise<Driver>;
