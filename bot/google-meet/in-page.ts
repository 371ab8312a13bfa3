// Runs code inside the page. A function given to `inPage` is sent to the page as text, so it must not use
// anything but its two arguments.
import type { ElementHandle, Page } from 'playwright';
import {
  DIALOGS,
  EFFECTS_LABEL,
  JUNK_ZONES,
  NAME_MARKS,
  PANELS,
  PEOPLE_ZONES,
  PROMINENT,
  SELF_NAME,
  TILE,
  TOASTS,
} from './selectors.ts';

const ZONES = {
  people: PEOPLE_ZONES.join(','),
  nameMarks: NAME_MARKS.join(','),
  toasts: TOASTS.join(','),
  dialogs: DIALOGS.join(','),
  prominent: PROMINENT.join(','),
  junk: JUNK_ZONES.join(','),
  tile: TILE,
  panels: PANELS,
  selfName: SELF_NAME,
  effectsLabel: EFFECTS_LABEL,
};

/** Helpers for the functions that run in the page. Sent to the page as text too. */
export function pageLibrary(zones: typeof ZONES) {
  const clean = (text: string) => text.replace(/[\s\u00A0\u200B\uFEFF]+/g, ' ').trim();
  const effects = new RegExp(zones.effectsLabel, 'i');

  const shown = (element: Element): boolean => {
    if (!element.checkVisibility({ visibilityProperty: true })) return false;
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0;
  };
  const byPeople = (element: Element): boolean => {
    if (element.closest(zones.people)) return true;
    const mark = element.closest(zones.nameMarks);
    // The whole page can carry the mark "do not translate", so only short texts count as names.
    return mark !== null && (mark.textContent ?? '').length <= 120 && !mark.contains(document.body);
  };
  /** An element's text without icons, whose text is the icon's name. */
  const textOf = (element: Element): string => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    let text = '';
    while (walker.nextNode()) {
      const parent = walker.currentNode.parentElement;
      if (parent && !parent.closest(zones.junk)) text += ` ${walker.currentNode.nodeValue ?? ''}`;
    }
    return clean(text);
  };
  const buttons = (): HTMLElement[] =>
    [...document.querySelectorAll<HTMLElement>('button, [role="button"], input[type="submit"]')].filter(
      (button) => shown(button) && !byPeople(button),
    );
  /** All texts by which a button can be known: its whole text, its parts, its label. */
  const captions = (button: HTMLElement): string[] => {
    const parts = [...button.querySelectorAll('span, div')].map(textOf);
    const value = button instanceof HTMLInputElement ? button.value : '';
    const all = [textOf(button), clean(button.ariaLabel ?? ''), clean(value), ...parts];
    return [...new Set(all.filter((text) => text !== ''))].slice(0, 12);
  };
  const enabled = (button: Element): boolean =>
    !button.matches(':disabled, [aria-disabled="true"]') && button.closest('[inert]') === null;
  const inDialog = (element: Element): boolean => element.closest(zones.dialogs) !== null;
  const hasIcon = (button: Element): boolean =>
    button.querySelector('i, svg, img, [class*="material-icons"], [class*="material-symbols"]') !== null;
  /** Tiles and list rows of people. Previews in the effects panel have the same attribute and are left out. */
  const tiles = (): HTMLElement[] =>
    [...document.querySelectorAll<HTMLElement>(zones.tile)].filter((tile) => {
      if (tile.getAttribute('data-participant-id') === '' || !shown(tile)) return false;
      for (let at: Element | null = tile; at; at = at.parentElement) {
        if (effects.test(at.ariaLabel ?? '')) return false;
      }
      const heading = tile.closest(zones.panels)?.querySelector('h1, h2, [role="heading"]');
      return !effects.test(heading ? textOf(heading) : '') && !effects.test(textOf(tile).slice(0, 40));
    });
  return { zones, clean, shown, byPeople, textOf, buttons, captions, enabled, inDialog, hasIcon, tiles };
}

export type PageLibrary = ReturnType<typeof pageLibrary>;

function script<A>(fn: (lib: PageLibrary, arg: A) => unknown, arg: A): string {
  return `(${fn})((${pageLibrary})(${JSON.stringify(ZONES)}), ${JSON.stringify(arg)})`;
}

/** Runs a function in the page. Its result must be plain data. */
export function inPage<A, R>(page: Page, fn: (lib: PageLibrary, arg: A) => R, arg: A): Promise<R> {
  return page.evaluate(script(fn, arg)) as Promise<R>;
}

/** Runs a function in the page that finds an element. */
export async function findInPage<A>(
  page: Page,
  fn: (lib: PageLibrary, arg: A) => Element | null | undefined,
  arg: A,
): Promise<ElementHandle<Element> | null> {
  const handle = await page.evaluateHandle(script(fn, arg));
  return handle.asElement() as ElementHandle<Element> | null;
}
