import type { PageElement } from '../browser/page-port.ts';
import { orFallback } from '../clock.ts';
import type { HeldLease } from '../runtime/lease.ts';
import { DIALOG_RULES, NEVER_PRESSED } from './common.ts';
import { namesIn } from './controls.ts';
import type { PlatformData } from './data.ts';
import { findInPage, inPage, type Target } from './in-page.ts';
import type { MeetingPage } from './meeting-page.ts';
import { findConsentButton, findDeviceCardClose, findShown, press } from './press.ts';

/** The part of a meeting page that is needed to close what covers it. */
export type PopupPage = Pick<MeetingPage, 'page' | 'data' | 'timing' | 'log'>;

/** Agrees in a dialog that asks for consent. Resolves to whether it pressed the button. */
export async function acceptConsent(meetingPage: MeetingPage, lease: HeldLease): Promise<boolean> {
  const done = await orFallback(
    press(meetingPage.page, findConsentButton(meetingPage), lease),
    meetingPage.timing.readMs,
    false,
  );
  if (done) meetingPage.log.info('consent_accepted');
  return done;
}

/**
 * Answers dialogs that want an answer, and closes a tooltip or promotion, a banner and a device card, at most one of
 * each. Never rejects.
 */
export async function dismissPopups(meetingPage: PopupPage, lease: HeldLease): Promise<void> {
  const { page, timing, log } = meetingPage;
  const dismiss = async () => {
    for (const kind of await dialogsShown(meetingPage)) {
      if (await press(page, findAnswer(meetingPage, kind), lease)) log.info('dialog_answered', { kind });
    }
    if (await press(page, findPopupClose(meetingPage), lease)) log.info('popup_dismissed');
    if (await press(page, findPopupButton(meetingPage), lease)) log.info('popup_dismissed');
    if (await press(page, findDeviceCardClose(meetingPage), lease)) log.info('device_card_closed');
  };
  await orFallback(dismiss(), timing.readMs, undefined);
}

/** Joins the sound of the call where the page asks for that. Never rejects. */
export async function joinAudio(meetingPage: MeetingPage, lease: HeldLease): Promise<void> {
  const { page, timing, data, log } = meetingPage;
  const pressed = press(page, findShown(meetingPage, data.selectors.joinAudio), lease);
  if (await orFallback(pressed, timing.readMs, false)) log.info('audio_joined');
}

/**
 * What says that the call is over, or that the bot is refused, stays to be read: its button "Dismiss" leads away from
 * it. The page may have begun to show it since it was last read, so this is asked where the button is found.
 */
function sparedBy({ texts }: PlatformData): string[] {
  return [...texts.over, ...texts.refused].map(({ pattern }) => pattern.source);
}

/** Finds the button that closes a popup, by its selector. */
async function findPopupClose(meetingPage: Target): Promise<PageElement | null> {
  const css = meetingPage.data.selectors.popups;
  if (css.length === 0) return null;
  return findInPage(
    meetingPage,
    (lib, arg) => {
      const spared = arg.spared.map((source) => new RegExp(source, 'i'));
      const found = lib.control(arg.css, arg.names);
      return found && !lib.tells(found, spared) ? found : null;
    },
    { css, names: namesIn(css), spared: sparedBy(meetingPage.data) },
  );
}

/** Finds the button that closes a popup, by its text. */
function findPopupButton(meetingPage: Target): Promise<PageElement | null> {
  return findInPage(
    meetingPage,
    (lib, arg) => {
      const spared = arg.spared.map((source) => new RegExp(source, 'i'));
      return lib.named(arg.texts).find((button) => !lib.tells(button, spared));
    },
    { texts: meetingPage.data.texts.popupButtons, spared: sparedBy(meetingPage.data) },
  );
}

const QUESTIONS = DIALOG_RULES.map(({ kind, asks, answers }) => ({
  kind,
  asks: asks.map(({ source }) => source),
  answers,
  never: NEVER_PRESSED.source,
}));

/** The kinds of dialogs that the page shows now and that the bot can answer. */
async function dialogsShown(meetingPage: Target): Promise<string[]> {
  const kinds = await inPage(
    meetingPage,
    (lib, questions) =>
      questions.filter((question) => lib.answerTo(question) !== null).map(({ kind }) => kind),
    QUESTIONS,
  );
  return [...new Set(kinds.flat())];
}

/** Finds the button that answers a dialog. */
function findAnswer(meetingPage: Target, kind: string) {
  return findInPage(
    meetingPage,
    (lib, questions) => questions.map(lib.answerTo).find((button) => button !== null),
    QUESTIONS.filter((question) => question.kind === kind),
  );
}
