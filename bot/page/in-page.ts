// Runs code inside the page. A function given to `inPage` is sent to the page as text, so it must not use
// anything but its two arguments. It runs in each of the page's documents: see PagePort.documents.
import type { PageElement, PagePort } from '../browser/page-port.ts';
import type { NameTag, PlatformData } from './data.ts';

/** A page, and the platform whose page it is. */
export interface Target {
  page: PagePort;
  data: PlatformData;
}

/** What the page library knows of the platform. */
interface LibraryData {
  people: string;
  nameMarks: string;
  toasts: string;
  dialogs: string;
  prominent: string;
  junk: string;
  tile: string;
  effectsPanels: string;
  effectsLabel: string;
  idAttributes: readonly string[];
  nameTags: readonly NameTag[];
}

/** A kind of dialog and how it is answered. Regular expressions are given by their sources. */
interface DialogQuestion {
  asks: readonly string[];
  answers: readonly string[];
  /** Captions that are never pressed. */
  never: string;
}

/** Helpers for the functions that run in the page. Sent to the page as text too. */
export function pageLibrary(zones: LibraryData) {
  const clean = (text: string) => text.replace(/[\s\u00A0\u200B\uFEFF]+/g, ' ').trim();
  /** A text for comparison: one kind of apostrophe, in lower case. */
  const comparable = (text: string) => text.replace(/[\u2018\u2019]/g, "'").toLowerCase();
  const effects = new RegExp(zones.effectsLabel, 'i');
  const BUTTONS = 'button, [role="button"], [role="menuitem"], [role="tab"], input[type="submit"]';

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
  /** An element's text without icons, whose text is the icon's name, and without what `leavesOut` says. */
  const textOf = (element: Element, leavesOut: (parent: Element) => boolean = () => false): string => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    let text = '';
    while (walker.nextNode()) {
      const parent = walker.currentNode.parentElement;
      if (parent && !parent.closest(zones.junk) && !leavesOut(parent))
        text += ` ${walker.currentNode.nodeValue ?? ''}`;
    }
    return clean(text);
  };
  /** The text of the elements that an element names as its label (aria-labelledby). */
  const labelledBy = (element: Element): string =>
    (element.getAttribute('aria-labelledby') ?? '')
      .split(/\s+/)
      .filter(Boolean)
      .map((id) => (element.getRootNode() as Document).getElementById(id)?.textContent ?? '')
      .join(' ');
  /** An element's own label: by reference, by attribute, or by its form label. */
  const labelOf = (element: Element): string => {
    const form = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : '';
    return clean(labelledBy(element) || element.ariaLabel || form || '');
  };
  const buttons = (extra = ''): HTMLElement[] =>
    [...document.querySelectorAll<HTMLElement>(extra ? `${BUTTONS}, ${extra}` : BUTTONS)].filter(
      (button) => shown(button) && !byPeople(button),
    );
  /** All texts by which a button can be known: its whole text, its parts, its labels and its title. */
  const captions = (button: HTMLElement): string[] => {
    const parts = [...button.querySelectorAll('span, div')].slice(0, 12).map((part) => textOf(part));
    const value = button instanceof HTMLInputElement ? button.value : '';
    const titles = [button.title, button.querySelector('img[alt]')?.getAttribute('alt') ?? ''];
    const all = [textOf(button), labelOf(button), clean(value), ...titles.map(clean), ...parts];
    return [...new Set(all.filter((text) => text !== ''))].slice(0, 12);
  };
  const enabled = (button: Element): boolean =>
    !button.matches(':disabled, [aria-disabled="true"], .disabled') && button.closest('[inert]') === null;
  /** Visible, enabled buttons and links with one of the captions, in the order of the captions. */
  const named = (texts: readonly string[]): HTMLElement[] => {
    const all = buttons('a[href], [role="link"]')
      .filter(enabled)
      .map((button) => ({ button, says: captions(button).map(comparable) }));
    return texts.flatMap((text) =>
      all.filter(({ says }) => says.includes(comparable(text))).map(({ button }) => button),
    );
  };
  const inDialog = (element: Element): boolean => element.closest(zones.dialogs) !== null;
  /** What a button belongs to: its dialog, else the smallest part of the page that has a heading, else the page. */
  const screenOf = (button: Element): Element => {
    const dialog = button.closest(zones.dialogs);
    if (dialog) return dialog;
    let at = button.parentElement;
    while (at && !at.querySelector(zones.prominent)) at = at.parentElement;
    return at ?? document.body;
  };
  /** Whether one of the texts around a button, but not a text of people, matches one of the rules. */
  const tells = (button: Element, rules: readonly RegExp[]): boolean => {
    const screen = screenOf(button);
    return [screen, ...screen.querySelectorAll('*')].some((part) => {
      if (!shown(part) || byPeople(part)) return false;
      const text = textOf(part, byPeople).replace(/[\u2018\u2019]/g, "'");
      return text.length > 0 && text.length <= 300 && rules.some((rule) => rule.test(text));
    });
  };
  /** The button that answers a dialog which asks one of `asks`: the first of `answers` that it offers. */
  const answerTo = ({ asks, answers, never }: DialogQuestion): HTMLElement | null => {
    const questions = asks.map((source) => new RegExp(source, 'i'));
    const refused = new RegExp(never, 'i');
    for (const dialog of [...document.querySelectorAll(zones.dialogs)].filter(shown)) {
      // A dialog within a dialog is the one that asks.
      if (byPeople(dialog) || dialog.querySelector(zones.dialogs)) continue;
      const text = textOf(dialog, byPeople).replace(/[\u2018\u2019]/g, "'");
      if (text.length > 600 || !questions.some((rule) => rule.test(text))) continue;
      const offered = [...dialog.querySelectorAll<HTMLElement>('button, [role="button"]')]
        .filter((button) => shown(button) && enabled(button))
        .map((button) => ({ button, says: captions(button).map(comparable) }))
        .filter(({ says }) => !says.some((caption) => refused.test(caption)));
      for (const answer of answers.map(comparable)) {
        const found = offered.find(({ says }) => says.includes(answer));
        if (found) return found.button;
      }
    }
    return null;
  };
  const hasIcon = (button: Element): boolean =>
    button.querySelector('i, svg, img, [class*="material-icons"], [class*="material-symbols"]') !== null;
  /** Visible elements that match a selector, in the order of the selectors, then buttons with a matching caption. */
  const control = (css: readonly string[], names: readonly string[]): HTMLElement | null => {
    for (const one of css) {
      const found = [...document.querySelectorAll<HTMLElement>(one)].find(shown);
      if (found) return found;
    }
    if (names.length === 0) return null;
    const all = buttons().map((button) => ({ button, says: captions(button) }));
    for (const name of names.map((source) => new RegExp(source, 'i'))) {
      const found = all.find(({ says }) => says.some((text) => name.test(text)));
      if (found) return found.button;
    }
    return null;
  };
  /** The page's id of a person, from an element of theirs; '' when it has none. */
  const idOf = (element: Element): string => {
    for (const name of zones.idAttributes) {
      const own = element.getAttribute(name);
      if (own) return own;
      const inner = element.querySelector(`[${name}]`)?.getAttribute(name);
      if (inner) return inner;
    }
    return '';
  };
  /**
   * Whether an element stands in a panel of effects, whose previews look like people. What stands within the element
   * does not matter: a person's own tile has a button for effects.
   */
  const isPreview = (tile: Element): boolean => {
    // A preview can be labelled itself. A person who is called like that has the name written on the tile.
    if (effects.test(labelOf(tile)) && textOf(tile) === '') return true;
    for (let at = tile.parentElement; at && at !== document.body; at = at.parentElement) {
      if (effects.test(labelOf(at))) return true;
    }
    const panel = tile.parentElement?.closest(zones.effectsPanels);
    const heading = panel?.querySelector('h1, h2, h3, [role="heading"]');
    return heading !== null && heading !== undefined && effects.test(textOf(heading));
  };
  /** The places in an element where a person's name stands, with what stands there, best first. */
  const nameTags = (element: Element): { element: Element; text: string }[] =>
    zones.nameTags.flatMap(({ css, attribute }) =>
      [...(element.matches(css) ? [element] : []), ...element.querySelectorAll(css)]
        .filter((tag) => attribute !== null || !tag.closest(zones.junk))
        .map((tag) => ({
          element: tag,
          text: clean(attribute === null ? textOf(tag) : (tag.getAttribute(attribute) ?? '')),
        }))
        .filter(({ text }) => text !== ''),
    );
  /** Tiles of people, each one once: an element within another one's tile is part of it. */
  const tiles = (): HTMLElement[] => {
    const found = [...document.querySelectorAll<HTMLElement>(zones.tile)].filter(
      (tile) => !zones.idAttributes.some((name) => tile.getAttribute(name) === '') && shown(tile),
    );
    return found.filter((tile) => !isPreview(tile));
  };
  return {
    ...{ zones, clean, shown, byPeople, textOf, labelOf, buttons, captions, enabled, inDialog, hasIcon },
    ...{ named, tells, answerTo, comparable, control, idOf, nameTags, tiles },
  };
}

export type PageLibrary = ReturnType<typeof pageLibrary>;

const libraries = new WeakMap<PlatformData, string>();

function libraryOf(data: PlatformData): string {
  const known = libraries.get(data);
  if (known !== undefined) return known;
  const { zones, people } = data;
  const given: LibraryData = {
    people: zones.people.join(','),
    nameMarks: zones.nameMarks.join(',') || ':not(*)',
    toasts: zones.toasts.join(','),
    dialogs: zones.dialogs.join(','),
    prominent: zones.prominent.join(','),
    junk: zones.junk.join(','),
    tile: people.tiles.join(','),
    effectsPanels: people.effects.panels,
    effectsLabel: people.effects.label,
    idAttributes: people.idAttributes,
    nameTags: people.nameTags,
  };
  const library = `(${pageLibrary})(${JSON.stringify(given)})`;
  libraries.set(data, library);
  return library;
}

function script<A>(data: PlatformData, fn: (lib: PageLibrary, arg: A) => unknown, arg: A): string {
  return `(${fn})(${libraryOf(data)}, ${JSON.stringify(arg)})`;
}

/**
 * Runs a function in each of the page's documents. Its result must be plain data, or a promise of it. Rejects when
 * the page's own document does not answer; a frame that does not is left out.
 */
export async function inPage<A, R>(
  { page, data }: Target,
  fn: (lib: PageLibrary, arg: A) => R,
  arg: A,
): Promise<[Awaited<R>, ...Awaited<R>[]]> {
  const text = script(data, fn, arg);
  // All are awaited together: a rejection that nobody awaits yet would end the bot.
  const [own, ...frames] = await Promise.allSettled(
    (await page.documents()).map((document) => document.evaluate(text)),
  );
  if (!own) throw new Error('the page has no document');
  if (own.status === 'rejected') throw own.reason;
  const answered = frames.flatMap((one) => (one.status === 'fulfilled' ? [one.value as Awaited<R>] : []));
  return [own.value as Awaited<R>, ...answered];
}

/** Runs a function that finds an element in each of the page's documents, frames first, until one has it. */
export async function findInPage<A>(
  { page, data }: Target,
  fn: (lib: PageLibrary, arg: A) => Element | null | undefined,
  arg: A,
): Promise<PageElement | null> {
  const text = script(data, fn, arg);
  const [own, ...frames] = await page.documents();
  for (const frame of frames) {
    const found = await frame.find(text).catch(() => null);
    if (found) return found;
  }
  return (await own?.find(text)) ?? null;
}
