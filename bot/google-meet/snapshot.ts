// Reads the page once: everything that the classification needs, as plain data.
import type { Page } from 'playwright';
import { inPage, type PageLibrary } from './in-page.ts';
import {
  CALL_MARKERS,
  CAPTCHA_FRAMES,
  CAPTCHA_MIN,
  CONSENT_OK,
  LOBBY_MARKERS,
  NAME_INPUTS,
} from './selectors.ts';

export interface TextBlock {
  text: string;
  /** Part of a short notice (role=alert), which can appear at any time. */
  toast: boolean;
  /** Part of a heading or of a modal dialog. */
  prominent: boolean;
}

export interface SeenButton {
  /** The button's whole text first, then its label and parts. */
  captions: string[];
  enabled: boolean;
  inDialog: boolean;
}

export interface SeenDialog {
  text: string;
  captions: string[];
  /** Whether it has a button that the page marks as the one that agrees. */
  ok: boolean;
}

/** One reading of the page. Text written by people is only in `names`. */
export interface Snapshot {
  url: string;
  blocks: TextBlock[];
  buttons: SeenButton[];
  dialogs: SeenDialog[];
  /** The selectors that matched; see selectors.ts. */
  callMarkers: string[];
  lobbyMarkers: string[];
  tiles: number;
  /** The field for the guest's name. `certain`: it cannot be another field. */
  nameInput: { certain: boolean; enabled: boolean } | null;
  captcha: boolean;
  names: string[];
}

/** Takes a snapshot. Rejects while the page navigates, and when the page is gone. */
export function takeSnapshot(page: Page): Promise<Snapshot> {
  return inPage(page, readPage, {
    callMarkers: CALL_MARKERS,
    lobbyMarkers: LOBBY_MARKERS,
    captchaFrames: CAPTCHA_FRAMES.join(','),
    captchaMin: CAPTCHA_MIN,
    consentOk: CONSENT_OK,
    nameInputs: NAME_INPUTS,
  });
}

interface ReadArgs {
  callMarkers: string[];
  lobbyMarkers: string[];
  captchaFrames: string;
  captchaMin: { width: number; height: number };
  consentOk: string;
  nameInputs: readonly { css: string; needsJoinButton: boolean }[];
}

function readPage(lib: PageLibrary, args: ReadArgs): Snapshot {
  const { zones, clean, shown } = lib;
  const all = (css: string) => [...document.querySelectorAll<HTMLElement>(css)];
  const isInline = (element: Element) =>
    element.tagName !== 'A' && /^(inline|contents|ruby)/.test(getComputedStyle(element).display);

  const blocks: TextBlock[] = [];
  const open = { element: document.documentElement as Element, text: '' };
  const flush = () => {
    const text = clean(open.text);
    if (text !== '' && blocks.length < 400) {
      blocks.push({
        text: text.slice(0, 400),
        toast: open.element.closest(zones.toasts) !== null,
        prominent: open.element.closest(zones.prominent) !== null,
      });
    }
    open.text = '';
  };
  const isSkipped = (element: Element): boolean => {
    if (element.matches(`${zones.junk}, button, [role="button"], ${zones.people}`)) return true;
    if (element.matches(zones.nameMarks) && lib.byPeople(element)) return true;
    return !element.checkVisibility() && getComputedStyle(element).display !== 'contents';
  };
  const walker = document.createTreeWalker(
    document.body ?? document.documentElement,
    NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT,
    (node) =>
      node instanceof Element && isSkipped(node) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node instanceof Element) {
      if (node.tagName === 'BR') flush();
      continue;
    }
    const parent = node.parentElement;
    if (!parent?.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    let element: Element = parent;
    while (element.parentElement && isInline(element)) element = element.parentElement;
    if (open.element !== element) flush();
    open.element = element;
    open.text += node.nodeValue ?? '';
  }
  flush();

  const nameInput = args.nameInputs
    .flatMap(({ css, needsJoinButton }) =>
      all(css)
        .filter((input) => shown(input) && !lib.byPeople(input))
        .filter(
          (input) =>
            !/code|link|search|message/i.test(`${input.ariaLabel} ${input.getAttribute('placeholder')}`),
        )
        .map((input) => ({ certain: !needsJoinButton, enabled: lib.enabled(input) })),
    )
    .at(0);
  const isCaptcha = (frame: HTMLElement): boolean => {
    const box = frame.getBoundingClientRect();
    const big = box.width >= args.captchaMin.width && box.height >= args.captchaMin.height;
    const onScreen = box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
    const invisibleKind =
      /size=invisible/i.test(frame.getAttribute('src') ?? '') || frame.closest('.grecaptcha-badge');
    return (
      big &&
      onScreen &&
      !invisibleKind &&
      frame.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    );
  };
  const names = [
    ...all(zones.selfName).map((element) => element.getAttribute('data-self-name') ?? ''),
    ...all(`${zones.tile}, [role="listitem"]`).map((element) => element.ariaLabel ?? ''),
    ...all(`${zones.tile} *, [role="listitem"] *, ${zones.nameMarks}`)
      .filter((element) => element.childElementCount === 0)
      .map((element) => element.textContent ?? ''),
  ].map(clean);

  return {
    url: location.href,
    blocks,
    buttons: lib
      .buttons()
      .slice(0, 150)
      .map((button) => ({
        captions: lib.captions(button),
        enabled: lib.enabled(button),
        inDialog: lib.inDialog(button),
      })),
    dialogs: all(zones.dialogs)
      .filter(shown)
      .map((dialog) => ({
        text: lib.textOf(dialog).slice(0, 600),
        captions: [...dialog.querySelectorAll<HTMLElement>('button, [role="button"]')]
          .filter(shown)
          .flatMap(lib.captions),
        ok: dialog.querySelector(args.consentOk) !== null,
      })),
    callMarkers: args.callMarkers.filter((css) => all(css).some(shown)),
    lobbyMarkers: args.lobbyMarkers.filter((css) =>
      all(css).some((element) => shown(element) && !lib.byPeople(element)),
    ),
    tiles: lib.tiles().length,
    nameInput: nameInput ?? null,
    captcha: all(args.captchaFrames).some(isCaptcha),
    names: [...new Set(names.filter((name) => name !== '' && name.length <= 200))].slice(0, 300),
  };
}
