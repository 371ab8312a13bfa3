// A browser driven by Puppeteer.
import puppeteer, { type ElementHandle, type Frame, type KeyInput, type Page, TimeoutError } from 'puppeteer';
import { orAborted } from '../clock.ts';
import type { LaunchedBrowser, LaunchOptions } from './launch.ts';
import {
  ContentFrames,
  type DevTools,
  isContent,
  isOwnFrame,
  OpenTimeout,
  type PageDocument,
  type PageElement,
  type PagePort,
} from './page-port.ts';

/** One answer of the browser may take this long: a busy machine was seen to need 55 s. */
const PROTOCOL_MS = 90_000;

/** Shows a bar on top of the page, which would be recorded. */
const BAR = '--enable-automation';

/** Starts Chromium with one page. Rejects when it does not start in time. */
export async function launchPuppeteer(options: LaunchOptions): Promise<LaunchedBrowser> {
  const browser = await puppeteer.launch({
    executablePath: options.chromiumPath,
    headless: false,
    pipe: true,
    userDataDir: options.profile,
    defaultViewport: null,
    env: options.env,
    timeout: options.timeoutMs,
    protocolTimeout: PROTOCOL_MS,
    ignoreDefaultArgs: [...options.withoutFlags, BAR],
    args: [...options.flags([]), ...(options.sandbox ? [] : ['--no-sandbox'])],
    // A signal is the bot's to answer: in the meeting, in order.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  browser.on('disconnected', options.onClosed);
  const page = (await browser.pages())[0] ?? (await browser.newPage());
  return { page: new PuppeteerPage(page), close: () => browser.close() };
}

/** A page of Puppeteer as the engine uses it. */
export class PuppeteerPage implements PagePort {
  readonly raw: Page;
  readonly #frames: ContentFrames<Frame>;

  constructor(page: Page) {
    this.raw = page;
    this.#frames = new ContentFrames(
      () =>
        page.frames().filter((frame) => frame !== page.mainFrame() && isOwnFrame(frame.url(), page.url())),
      async (frame, share) => {
        const element = await frame.frameElement();
        if (!element) return false;
        return element.evaluate(isContent, share).finally(() => element.dispose());
      },
    );
  }

  url(): string {
    return this.raw.url();
  }

  isClosed(): boolean {
    return this.raw.isClosed();
  }

  async open(url: string, timeoutMs: number): Promise<number | null> {
    try {
      const response = await this.raw.goto(url, { waitUntil: 'domcontentloaded', timeout: timeoutMs });
      return response?.status() ?? null;
    } catch (error) {
      throw error instanceof TimeoutError ? new OpenTimeout(error) : error;
    }
  }

  async documents(): Promise<PageDocument[]> {
    return [this.raw.mainFrame(), ...(await this.#frames.find())].map((frame) => documentOf(this.raw, frame));
  }

  async size(): Promise<{ width: number; height: number }> {
    return this.raw.viewport() ?? this.raw.evaluate(() => ({ width: innerWidth, height: innerHeight }));
  }

  moveMouse(x: number, y: number): Promise<void> {
    return this.raw.mouse.move(x, y);
  }

  async pressKeys(keys: string): Promise<void> {
    const names = keys.split('+') as KeyInput[];
    const held = names.slice(0, -1);
    for (const key of held) await this.raw.keyboard.down(key);
    try {
      await this.raw.keyboard.press(names.at(-1) ?? 'Escape');
    } finally {
      for (const key of held.reverse()) await this.raw.keyboard.up(key);
    }
  }

  async screenshot(timeoutMs: number): Promise<Buffer> {
    const taken = this.raw.screenshot({ type: 'png' });
    return Buffer.from(await orAborted(taken, AbortSignal.timeout(timeoutMs)));
  }

  async devTools(): Promise<DevTools> {
    const session = await this.raw.createCDPSession();
    // The library's types know every method. The engine uses few, and names what it expects of them itself.
    return session as unknown as DevTools;
  }

  async addInitScript<A>(fn: (arg: A) => void, arg: A): Promise<void> {
    await this.raw.evaluateOnNewDocument(`(${fn})(${JSON.stringify(arg)})`);
  }

  onCrash(listener: () => void): void {
    this.raw.on('error', listener);
  }

  onClose(listener: () => void): void {
    this.raw.on('close', listener);
  }

  onPopupClosed(listener: () => void): void {
    this.raw.on('popup', (popup) => {
      popup?.close().then(listener, () => undefined);
    });
  }

  onConsole(listener: (text: string) => void): void {
    this.raw.on('console', (message) => listener(message.text()));
  }
}

function documentOf(page: Page, frame: Frame): PageDocument {
  return {
    evaluate: (script) => frame.evaluate(script),
    async find(script) {
      const handle = await frame.evaluateHandle(script);
      const element = handle.asElement() as ElementHandle<HTMLElement> | null;
      if (!element) await handle.dispose();
      return element && elementOf(page, element);
    },
  };
}

const READY_POLL_MS = 60;

function elementOf(page: Page, handle: ElementHandle<HTMLElement>): PageElement {
  return {
    // Puppeteer clicks wherever the element's middle is, whatever lies over it.
    async click(timeoutMs) {
      const deadline = performance.now() + timeoutMs;
      for (let before = ''; ; ) {
        const now = await handle.evaluate(readyToClick);
        if (now === null) throw new Error('the element is no longer on the page');
        if (now !== '' && now === before) break;
        if (performance.now() > deadline) throw new Error('something covers the element, or it moves');
        before = now;
        await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
      }
      await handle.click();
      // Puppeteer leaves the mouse over the element, as a person does.
      if (page.isClosed()) throw new Error('the page was closed');
    },
    focus: () => handle.focus(),
    type: (text) => handle.type(text),
    run: (fn) => handle.evaluate(fn as (element: HTMLElement) => never),
    dispose: () => void handle.dispose().catch(() => undefined),
  };
}

/**
 * Runs in the page. Where the element is, as text, when a click would reach it; '' when not; null when it is gone.
 * A frame's own document knows nothing of what lies over the frame.
 */
function readyToClick(element: HTMLElement): string | null {
  if (!element.isConnected) return null;
  element.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
  const box = element.getBoundingClientRect();
  if (box.width === 0 || box.height === 0 || element.matches(':disabled')) return '';
  const x = box.left + box.width / 2;
  const y = box.top + box.height / 2;
  const root = element.getRootNode() as Document | ShadowRoot;
  const hit = root.elementFromPoint(x, y);
  const isLabel = hit?.closest('label')?.control === element;
  const reached = hit !== null && (element.contains(hit) || hit.contains(element) || isLabel);
  return reached ? `${Math.round(x)} ${Math.round(y)}` : '';
}
