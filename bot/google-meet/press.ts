// Finds buttons by their texts and presses them.
import type { ElementHandle, Page } from 'playwright';
import { orFallback } from '../clock.ts';
import type { HeldLease } from '../runtime/lease.ts';
import { findInPage } from './in-page.ts';
import { withMouse } from './mouse.ts';
import { CONSENT_OK } from './selectors.ts';
import {
  CONSENT_BUTTONS,
  CONSENT_NEVER,
  CONSENT_RULES,
  DEVICE_CARDS,
  JOIN_BUTTONS,
  JOIN_FALLBACK,
  JOIN_NEVER,
} from './texts.ts';

/** After this time the click is done by script instead of the mouse. */
const CLICK_MS = 1_500;

/**
 * Presses an element with the mouse, as a person does, or by script when something covers the element.
 * Resolves to whether there was an element. Rejects when the search rejects, and when the lease has lapsed:
 * a runtime that may have a successor presses only what leaves the call (`way_out`).
 */
export async function press(
  page: Page,
  search: Promise<ElementHandle<Element> | null>,
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
      await element.click({ timeout: CLICK_MS });
    });
    return true;
  } catch {
    throwIfLost();
    const clicked = element.evaluate((target) => {
      if (target.isConnected && target instanceof HTMLElement) target.click();
      return target.isConnected;
    });
    return orFallback(clicked, CLICK_MS, false);
  } finally {
    element.dispose().catch(() => undefined);
  }
}

/** Finds the first visible, enabled button whose text is one of `texts`, in the order of `texts`. */
export function findButton(
  page: Page,
  texts: readonly string[],
  where: 'anywhere' | 'outside_dialogs' = 'anywhere',
): Promise<ElementHandle<Element> | null> {
  return findInPage(
    page,
    (lib, arg) => {
      const comparable = (text: string) => text.replace(/[\u2018\u2019]/g, "'").toLowerCase();
      const candidates = [
        ...document.querySelectorAll<HTMLElement>('button, [role="button"], input[type="submit"]'),
      ]
        .filter((button) => lib.shown(button) && lib.enabled(button))
        .filter((button) => arg.where === 'anywhere' || !lib.inDialog(button))
        .filter((button) => !button.closest('[data-message-id], [data-participant-id], [role="listitem"]'));
      for (const text of arg.texts.map(comparable)) {
        const found = candidates.find((button) => lib.captions(button).some((it) => comparable(it) === text));
        if (found) return found;
      }
      return null;
    },
    { texts, where },
  );
}

/** Finds the first visible element that matches a selector, in the order of the selectors. */
export function findShown(page: Page, selectors: readonly string[]): Promise<ElementHandle<Element> | null> {
  return findInPage(
    page,
    (lib, list) => {
      for (const css of list) {
        const found = [...document.querySelectorAll(css)].find(lib.shown);
        if (found) return found;
      }
      return null;
    },
    selectors,
  );
}

/** Finds the button that asks to join: by a known text, else by a text with "join", else by its form. */
export async function findJoinButton(page: Page): Promise<ElementHandle<Element> | null> {
  const texts = JOIN_BUTTONS.map(({ text }) => text);
  const exact = await findButton(page, texts, 'outside_dialogs');
  if (exact) return exact;
  return findInPage(
    page,
    (lib, arg) => {
      // A button with a known text is there but disabled. No other button is pressed instead.
      const isExact = (caption: string) => arg.texts.includes(caption);
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
    { texts, some: JOIN_FALLBACK.source, never: JOIN_NEVER.source },
  );
}

/** Finds the button that agrees in a dialog that asks for consent. Never the one that leaves. */
export function findConsentButton(page: Page): Promise<ElementHandle<Element> | null> {
  return findInPage(
    page,
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
      rules: CONSENT_RULES.map((rule) => rule.source),
      never: CONSENT_NEVER.source,
      texts: CONSENT_BUTTONS,
      ok: CONSENT_OK,
    },
  );
}

/** Finds the button that closes a card about a missing microphone or camera. */
export function findDeviceCardClose(page: Page): Promise<ElementHandle<Element> | null> {
  return findInPage(
    page,
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
    DEVICE_CARDS,
  );
}
