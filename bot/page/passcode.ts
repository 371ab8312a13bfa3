import { orAborted } from '../clock.ts';
import { MeetingFault } from '../meeting.ts';
import { findInPage } from './in-page.ts';
import { type MeetingPage, urlFact } from './meeting-page.ts';
import { withMouse } from './mouse.ts';

/** A passcode that was given this often is wrong: the page asks again. */
const TRIES = 2;

/**
 * Types the passcode where the page asks for one. Throws MeetingFault: `passcode_required` when the booking has none,
 * `passcode_wrong` when the page has asked for it again.
 */
export async function givePasscode(meetingPage: MeetingPage, signal: AbortSignal): Promise<void> {
  const { data, page, passcode } = meetingPage;
  const css = data.selectors.passcodeInputs;
  if (css.length === 0) return;
  const field = await orAborted(
    findInPage(
      meetingPage,
      (lib, list) => [...document.querySelectorAll<HTMLInputElement>(list)].find(lib.shown),
      css.join(','),
    ),
    signal,
  );
  if (!field) return;
  try {
    const held = await field.run((input) => (input as HTMLInputElement).value);
    // The link carries it, or it is there from before.
    if (held !== '' && (passcode === null || held === passcode)) return;
    if (passcode === null) {
      throw new MeetingFault(
        'passcode_required',
        'the meeting asks for a passcode, and the booking has none',
        {
          facts: urlFact(meetingPage),
        },
      );
    }
    if (meetingPage.passcodesGiven >= TRIES) {
      throw new MeetingFault('passcode_wrong', 'the meeting did not accept the passcode', {
        facts: urlFact(meetingPage),
      });
    }
    await withMouse(page, () => field.click(2_000)).catch(() => field.focus());
    await field.run((input) => (input as HTMLInputElement).select());
    await field.type(passcode);
    meetingPage.passcodesGiven += 1;
  } finally {
    field.dispose();
  }
}
