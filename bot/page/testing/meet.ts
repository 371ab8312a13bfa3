// Google Meet's driver on a page of a test.
import type { Page } from 'playwright';
import { guardNavigation, type NavigationGuard } from '../../browser/guard.ts';
import { PlaywrightPage } from '../../browser/playwright.ts';
import { GOOGLE_MEET } from '../../google-meet/data.ts';
import { createPageMeeting, type PageMeetingOptions } from '../driver.ts';
import type { Target } from '../in-page.ts';

export type MeetOptions = Omit<PageMeetingOptions, 'data' | 'page' | 'guard'> & {
  page: Page;
  guard: NavigationGuard;
};

const ports = new WeakMap<Page, PlaywrightPage>();

/** The page as the engine uses it. */
export function portOf(page: Page): PlaywrightPage {
  const port = ports.get(page) ?? new PlaywrightPage(page);
  ports.set(page, port);
  return port;
}

/** A page with what the engine knows of Google Meet. */
export function targetOf(page: Page): Target {
  return { page: portOf(page), data: GOOGLE_MEET };
}

export function guardOf(page: Page, allowedOrigins: readonly string[]): NavigationGuard {
  return guardNavigation(portOf(page), allowedOrigins, { info: () => undefined });
}

export function createGoogleMeet({ page, ...options }: MeetOptions) {
  return createPageMeeting({ ...options, data: GOOGLE_MEET, page: portOf(page) });
}
