// What the page engine needs of a browser page. Two libraries drive it: Playwright (playwright.ts) and
// Puppeteer (puppeteer.ts). Which one a meeting platform uses is decided by its driver.

/** The browser's own protocol (Chrome DevTools Protocol), for one page. */
export interface DevTools {
  send<R = unknown>(method: string, params?: Record<string, unknown>): Promise<R>;
  on<P>(event: string, listener: (params: P) => void): void;
}

/** An element of the page. A click goes to the middle of it. */
export interface PageElement {
  /** Clicks with the mouse. Rejects when something else covers the element, or when it does not become ready in time. */
  click(timeoutMs: number): Promise<void>;
  focus(): Promise<void>;
  /** Types with real key events. */
  type(text: string): Promise<void>;
  /** Runs a function in the page, which must use nothing but its argument. Its result is plain data. */
  run<R>(fn: (element: HTMLElement) => R): Promise<R>;
  dispose(): void;
}

/** A document on the page: of the page itself, or of a frame within it. */
export interface PageDocument {
  /** Runs a script. Its result is plain data. */
  evaluate(script: string): Promise<unknown>;
  /** Runs a script whose result is an element, or anything else for none. */
  find(script: string): Promise<PageElement | null>;
}

/** Rejection of `open`: the document did not arrive in time. */
export class OpenTimeout extends Error {
  constructor(cause: unknown) {
    super('the page did not arrive in time', { cause });
    this.name = 'OpenTimeout';
  }
}

export interface PagePort {
  /** The address in the address bar. */
  url(): string;
  isClosed(): boolean;
  /**
   * Opens an address. Resolves when the document can be read, with the HTTP status; null when there is none, as
   * for a new fragment of the same page. Rejects with OpenTimeout, or with the network's error.
   */
  open(url: string, timeoutMs: number): Promise<number | null>;
  /**
   * The page's own document first, then those of frames that fill a good part of the page: some platforms put
   * their whole client into a frame.
   */
  documents(): Promise<PageDocument[]>;
  /** In CSS pixels. */
  size(): Promise<{ width: number; height: number }>;
  moveMouse(x: number, y: number): Promise<void>;
  /** Presses one key, or keys together such as `Control+d`. */
  pressKeys(keys: string): Promise<void>;
  /** A PNG of what the page shows. */
  screenshot(timeoutMs: number): Promise<Buffer>;
  devTools(): Promise<DevTools>;
  /** Adds a script that runs in every document of the page before the document's own. */
  addInitScript<A>(fn: (arg: A) => void, arg: A): Promise<void>;
  onCrash(listener: () => void): void;
  onClose(listener: () => void): void;
  /** A window or tab that the page opened was closed. */
  onPopupClosed(listener: () => void): void;
  onConsole(listener: (text: string) => void): void;
}

/** The share of the page, in each direction, from which a frame counts as the page's content. */
const CONTENT_SHARE = 0.5;

/** Runs in the page, with the frame's element: whether the frame fills a good part of the page. */
export function isContent(element: Element, share: number): boolean {
  const box = element.getBoundingClientRect();
  const wide = Math.min(box.right, innerWidth) - Math.max(box.left, 0);
  const high = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
  return (
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    wide >= innerWidth * share &&
    high >= innerHeight * share
  );
}

/**
 * Whether a frame belongs to the page's site: the same host, or hosts of one domain. What others show in a frame (an
 * app, a shared page) is not the platform's.
 */
export function isOwnFrame(frameUrl: string, pageUrl: string): boolean {
  if (frameUrl === 'about:srcdoc' || frameUrl === 'about:blank' || frameUrl === '') return true;
  if (!URL.canParse(frameUrl) || !URL.canParse(pageUrl)) return false;
  const [frame, page] = [new URL(frameUrl), new URL(pageUrl)];
  if (frame.origin === page.origin) return true;
  const domain = (host: string) => host.split('.').slice(-2).join('.');
  const isName = /[a-z]$/i.test(page.hostname) && page.hostname.includes('.');
  return frame.protocol === page.protocol && isName && domain(frame.hostname) === domain(page.hostname);
}

/** How long it is remembered which frames fill the page. */
const REMEMBERED_MS = 1_000;

/** Finds the site's own frames that fill a good part of the page, and remembers them for a moment. */
export class ContentFrames<Frame> {
  readonly #frames: () => Frame[];
  readonly #measure: (frame: Frame, share: number) => Promise<boolean>;
  #found: Frame[] = [];
  #all: Frame[] = [];
  #atMs = Number.NEGATIVE_INFINITY;

  constructor(frames: () => Frame[], measure: (frame: Frame, share: number) => Promise<boolean>) {
    this.#frames = frames;
    this.#measure = measure;
  }

  async find(): Promise<Frame[]> {
    const all = this.#frames();
    const known = all.length === this.#all.length && all.every((frame, index) => frame === this.#all[index]);
    if (known && performance.now() - this.#atMs < REMEMBERED_MS) return this.#found;
    const fills = await Promise.all(
      all.map((frame) => this.#measure(frame, CONTENT_SHARE).catch(() => false)),
    );
    this.#found = all.filter((_, index) => fills[index]);
    this.#all = all;
    this.#atMs = performance.now();
    return this.#found;
  }
}
