// Finds buttons by their texts and presses them.
import type { PageElement, PagePort } from '../browser/page-port.ts';
import { orFallback } from '../clock.ts';
import type { HeldLease } from '../runtime/lease.ts';
import { namesIn } from './controls.ts';
import { findInPage, type Target } from './in-page.ts';
import { withMouse } from './mouse.ts';

/** After this time the click is done by script instead of the mouse. */
const CLICK_MS = 1_500;

/**
 * Presses an element with the mouse, as a person does, or by script when something covers the element.
 * Resolves to whether there was an element. Rejects when the search rejects, and when the lease has lapsed:
 * a runtime that may have a successor presses only what leaves the call (`way_out`).
 */
export async function press(
  page: PagePort,
  search: Promise<PageElement | null>,
  lease: HeldLease | 'way_out',
): Promise<boolean> {
  const element = await search;
  if (!element) return false;
  const throwIfLost = () => {
    if (lease !== 'way_out') lease.throwIfLost();
  };
  try {
    await withMouse(page, async () => {
      throwIfLost();
      await element.click(CLICK_MS);
    });
    return true;
  } catch {
    throwIfLost();
    const clicked = element.run((it) => {
      if (it.isConnected) it.click();
      return it.isConnected;
    });
    return orFallback(clicked, CLICK_MS, false);
  } finally {
    element.dispose();
  }
}

/**
 * Finds the first visible, enabled button whose text is one of `texts`, in the order of `texts`.
 */
export function findButton(
  target: Target,
  texts: readonly string[],
  where: 'anywhere' | 'outside_dialogs' = 'anywhere',
): Promise<PageElement | null> {
  return findInPage(
    target,
    (lib, arg) => lib.named(arg.texts).find((button) => arg.where === 'anywhere' || !lib.inDialog(button)),
    { texts, where },
  );
}

/**
 * Finds the first visible element that matches a selector, in the order of the selectors; else a button that is called
 * as a selector says (see controls.ts).
 */
export function findShown(target: Target, selectors: readonly string[]): Promise<PageElement | null> {
  if (selectors.length === 0) return Promise.resolve(null);
  return findInPage(target, (lib, arg) => lib.control(arg.css, arg.names), {
    css: selectors,
    names: namesIn(selectors),
  });
}

/** Finds the button that asks to join: by a known text, else by a text with "join", else by its form. */
export async function findJoinButton(target: Target): Promise<PageElement | null> {
  const { joinButtons, joinFallback, joinNever } = target.data.texts;
  const own = await findEnabled(target, target.data.selectors.joinButtons);
  if (own) return own;
  const texts = joinButtons.map(({ text }) => text);
  const exact = await findButton(target, texts, 'outside_dialogs');
  if (exact) return exact;
  return findInPage(
    target,
    (lib, arg) => {
      // A button with a known text is there but disabled. No other button is pressed instead.
      const isExact = (caption: string) => arg.texts.includes(caption);
      if (arg.own.some((css) => [...document.querySelectorAll(css)].some(lib.shown))) return null;
      if (lib.buttons().some((button) => lib.captions(button).some(isExact))) return null;
      const never = new RegExp(arg.never, 'i');
      const some = new RegExp(arg.some, 'i');
      const says = (button: HTMLElement) => lib.captions(button)[0] ?? '';
      const candidates = lib
        .buttons()
        .filter((button) => lib.enabled(button) && !lib.inDialog(button))
        .filter((button) => !button.hasAttribute('aria-haspopup') && !never.test(says(button)));
      const byText = candidates.find((button) => some.test(says(button)));
      if (byText) return byText;
      // In an unknown language, take the only button without an icon on a page with a text field.
      if (!document.querySelector('input[type="text"], input:not([type])')) return null;
      const plain = candidates.filter(
        (button) => !lib.hasIcon(button) && lib.textOf(button) !== '' && lib.textOf(button).length <= 48,
      );
      return plain.length === 1 ? plain[0] : null;
    },
    { texts, some: joinFallback.source, never: joinNever.source, own: target.data.selectors.joinButtons },
  );
}

/** Finds the first visible and enabled element of the selectors. */
function findEnabled(target: Target, selectors: readonly string[]): Promise<PageElement | null> {
  if (selectors.length === 0) return Promise.resolve(null);
  return findInPage(
    target,
    (lib, css) =>
      css
        .flatMap((one) => [...document.querySelectorAll(one)])
        .find((element) => lib.shown(element) && lib.enabled(element)),
    selectors,
  );
}

/** Finds the button that agrees in a dialog that asks for consent. Never the one that leaves. */
export function findConsentButton(target: Target): Promise<PageElement | null> {
  return findInPage(
    target,
    (lib, arg) => {
      const asks = arg.rules.map((rule) => new RegExp(rule, 'i'));
      const never = new RegExp(arg.never, 'i');
      const texts = arg.texts.map((text) => text.toLowerCase());
      for (const dialog of [...document.querySelectorAll(lib.zones.dialogs)].filter(lib.shown)) {
        const text = lib.textOf(dialog);
        if (never.test(text) || !asks.some((rule) => rule.test(text))) continue;
        const buttons = [...dialog.querySelectorAll<HTMLElement>('button, [role="button"]')].filter(
          lib.shown,
        );
        const says = (button: HTMLElement) => lib.captions(button).map((caption) => caption.toLowerCase());
        const agrees = buttons.filter(
          (button) => !says(button).some((caption) => caption.startsWith('leave')),
        );
        const marked = agrees.find((button) => button.matches(arg.ok));
        const found =
          marked ?? agrees.find((button) => says(button).some((caption) => texts.includes(caption)));
        if (found) return found;
      }
      return null;
    },
    {
      rules: target.data.texts.consent.map((rule) => rule.source),
      never: target.data.texts.consentNever.source,
      texts: target.data.texts.consentButtons,
      ok: target.data.selectors.consentOk,
    },
  );
}

/** Finds the button that closes a card about a missing microphone or camera. */
export function findDeviceCardClose(target: Target): Promise<PageElement | null> {
  return findInPage(
    target,
    (lib, cards) => {
      const closers = [
        ...document.querySelectorAll<HTMLElement>('[aria-label*="close" i], [aria-label*="dismiss" i]'),
      ];
      return closers.filter(lib.shown).find((button) => {
        const card = button.parentElement?.parentElement ?? button.parentElement;
        const text = card ? lib.textOf(card).toLowerCase() : '';
        return text.length < 400 && cards.some((phrase) => text.includes(phrase));
      });
    },
    target.data.texts.deviceCards,
  );
}
