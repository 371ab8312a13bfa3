import { orFallback } from '../clock.ts';
import type { HeldLease } from '../runtime/lease.ts';
import { DIALOG_RULES, type DialogRule, NEVER_PRESSED } from './common.ts';
import { findInPage } from './in-page.ts';
import type { MeetingPage } from './meeting-page.ts';
import { findButton, findConsentButton, findDeviceCardClose, findShown, press } from './press.ts';

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
export async function dismissPopups(meetingPage: MeetingPage, lease: HeldLease): Promise<void> {
  const { page, timing, data, log } = meetingPage;
  const dismiss = async () => {
    for (const rule of DIALOG_RULES) {
      if (await press(page, findAnswer(meetingPage, rule), lease))
        log.info('dialog_answered', { kind: rule.kind });
    }
    if (await press(page, findShown(meetingPage, data.selectors.popups), lease)) log.info('popup_dismissed');
    // What says that the call is over, or that the bot is refused, stays to be read.
    const spare = [...data.texts.over, ...data.texts.refused].map(({ pattern }) => pattern);
    if (await press(page, findButton(meetingPage, data.texts.popupButtons, 'anywhere', spare), lease))
      log.info('popup_dismissed');
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

/** Finds the button that answers a dialog. */
function findAnswer(meetingPage: MeetingPage, { asks, answers }: DialogRule) {
  return findInPage(
    meetingPage,
    (lib, arg) => {
      const asks = arg.asks.map((source) => new RegExp(source, 'i'));
      const never = new RegExp(arg.never, 'i');
      for (const dialog of [...document.querySelectorAll(lib.zones.dialogs)].filter(lib.shown)) {
        // A dialog within a dialog is the one that asks.
        if (lib.byPeople(dialog) || dialog.querySelector(lib.zones.dialogs)) continue;
        const text = lib.textOf(dialog, lib.byPeople).replace(/[\u2018\u2019]/g, "'");
        if (text.length > 600 || !asks.some((rule) => rule.test(text))) continue;
        const buttons = [...dialog.querySelectorAll<HTMLElement>('button, [role="button"]')]
          .filter((button) => lib.shown(button) && lib.enabled(button))
          .map((button) => ({ button, says: lib.captions(button).map(lib.comparable) }))
          .filter(({ says }) => !says.some((caption) => never.test(caption)));
        for (const answer of arg.answers.map(lib.comparable)) {
          const found = buttons.find(({ says }) => says.includes(answer));
          if (found) return found.button;
        }
      }
      return null;
    },
    {
      asks: asks.map(({ source }) => source),
      answers,
      never: NEVER_PRESSED.source,
    },
  );
}
