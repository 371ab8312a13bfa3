// Reads the page once: everything that the classification needs, as plain data.
import { namesIn } from './controls.ts';
import { inPage, type PageLibrary, type Target } from './in-page.ts';

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
  /** The selectors, or names, that matched; see PlatformData. */
  callMarkers: string[];
  lobbyMarkers: string[];
  overMarkers: string[];
  /** Controls that lead to the pre-join page. */
  gates: string[];
  /** The platform's own join button, by its selector. Null when there is none to be seen. */
  joinButton: { enabled: boolean } | null;
  tiles: number;
  /** The field for the guest's name. `certain`: it cannot be another field. */
  nameInput: { certain: boolean; enabled: boolean; filled: boolean } | null;
  /** Whether there is a field for a passcode. */
  asksPasscode: boolean;
  captcha: boolean;
  names: string[];
}

/** Takes a snapshot of the page with its frames. Rejects while the page navigates, and when the page is gone. */
export async function takeSnapshot(target: Target): Promise<Snapshot> {
  const { selectors, people } = target.data;
  const [own, ...frames] = await inPage(target, readPage, {
    callMarkers: selectors.callMarkers,
    callNames: namesIn(selectors.callMarkers),
    lobbyMarkers: selectors.lobbyMarkers,
    overMarkers: selectors.overMarkers,
    gates: selectors.gates,
    joinButtons: selectors.joinButtons,
    captchas: selectors.captchas.join(','),
    captchaMin: selectors.captchaMin,
    consentOk: selectors.consentOk,
    nameInputs: selectors.nameInputs,
    passcodeInputs: selectors.passcodeInputs.join(','),
    rows: people.rows,
  });
  return frames.reduce(merge, own);
}

/** What the page shows together with what a frame of it shows. */
function merge(page: Snapshot, frame: Snapshot): Snapshot {
  return {
    url: page.url,
    blocks: [...page.blocks, ...frame.blocks],
    buttons: [...page.buttons, ...frame.buttons],
    dialogs: [...page.dialogs, ...frame.dialogs],
    callMarkers: [...page.callMarkers, ...frame.callMarkers],
    lobbyMarkers: [...page.lobbyMarkers, ...frame.lobbyMarkers],
    overMarkers: [...page.overMarkers, ...frame.overMarkers],
    gates: [...page.gates, ...frame.gates],
    joinButton: page.joinButton ?? frame.joinButton,
    tiles: page.tiles + frame.tiles,
    nameInput: page.nameInput ?? frame.nameInput,
    asksPasscode: page.asksPasscode || frame.asksPasscode,
    captcha: page.captcha || frame.captcha,
    names: [...page.names, ...frame.names],
  };
}

interface ReadArgs {
  callMarkers: readonly string[];
  callNames: readonly string[];
  lobbyMarkers: readonly string[];
  overMarkers: readonly string[];
  gates: readonly string[];
  joinButtons: readonly string[];
  captchas: string;
  captchaMin: { width: number; height: number };
  consentOk: string;
  nameInputs: readonly { css: string; needsJoinButton: boolean }[];
  passcodeInputs: string;
  rows: readonly string[];
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
        .map((input) => ({
          certain: !needsJoinButton,
          enabled: lib.enabled(input),
          filled: 'value' in input && input.value !== '',
        })),
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
  const persons = [zones.tile, ...args.rows].filter(Boolean).join(',');
  const names = [
    ...zones.nameTags.flatMap(({ css, attribute }) =>
      attribute === null ? [] : all(css).map((element) => element.getAttribute(attribute) ?? ''),
    ),
    ...all(persons).map((element) => element.ariaLabel ?? ''),
    ...all(`:is(${persons}) *, ${zones.nameMarks}`)
      .filter((element) => element.childElementCount === 0)
      .map((element) => element.textContent ?? ''),
  ].map(clean);
  const buttons = lib
    .buttons()
    .slice(0, 150)
    .map((button) => ({
      captions: lib.captions(button),
      enabled: lib.enabled(button),
      inDialog: lib.inDialog(button),
    }));
  const callNames = args.callNames.map((source) => new RegExp(source, 'i'));
  const named = callNames.filter((name) =>
    buttons.some(({ captions, inDialog }) => !inDialog && captions.some((caption) => name.test(caption))),
  );
  const matching = (list: readonly string[]) =>
    list.filter((css) => all(css).some((element) => shown(element) && !lib.byPeople(element)));
  const joins = args.joinButtons.flatMap(all).filter(shown);

  return {
    url: location.href,
    blocks,
    buttons,
    dialogs: all(zones.dialogs)
      .filter(shown)
      .map((dialog) => ({
        text: lib.textOf(dialog).slice(0, 600),
        captions: [...dialog.querySelectorAll<HTMLElement>('button, [role="button"]')]
          .filter(shown)
          .flatMap(lib.captions),
        ok: dialog.querySelector(args.consentOk) !== null,
      })),
    callMarkers: [
      ...args.callMarkers.filter((css) => all(css).some(shown)),
      ...named.map(({ source }) => source),
    ],
    lobbyMarkers: matching(args.lobbyMarkers),
    overMarkers: matching(args.overMarkers),
    gates: matching(args.gates),
    joinButton: joins.length > 0 ? { enabled: joins.some(lib.enabled) } : null,
    tiles: lib.tiles().length,
    nameInput: nameInput ?? null,
    asksPasscode: args.passcodeInputs !== '' && all(args.passcodeInputs).some(shown),
    captcha: args.captchas !== '' && all(args.captchas).some(isCaptcha),
    names: [...new Set(names.filter((name) => name !== '' && name.length <= 200))].slice(0, 300),
  };
}
