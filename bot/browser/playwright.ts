// A browser driven by Playwright.
import { chromium, type ElementHandle, errors, type Frame, type Page } from 'playwright';
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

/** The features that the library would switch on, had we not a list of our own. */
const FEATURES = ['CDPScreenshotNewSurface', 'SkipListAccountsWithoutGaiaCookies'];

/** Starts Chromium with one page. Rejects when it does not start in time. */
export async function launchPlaywright(options: LaunchOptions): Promise<LaunchedBrowser> {
  const context = await chromium.launchPersistentContext(options.profile, {
    executablePath: options.chromiumPath,
    headless: false,
    chromiumSandbox: options.sandbox,
    viewport: null,
    locale: 'en-US',
    acceptDownloads: false,
    env: options.env,
    timeout: options.timeoutMs,
    ignoreDefaultArgs: [...options.withoutFlags],
    args: options.flags(FEATURES),
    // A signal is the bot's to answer: in the meeting, in order.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  context.on('close', options.onClosed);
  const page = context.pages()[0] ?? (await context.newPage());
  return { page: new PlaywrightPage(page), close: () => context.close() };
}

/** A page of Playwright as the engine uses it. */
export class PlaywrightPage implements PagePort {
  readonly raw: Page;
  readonly #frames: ContentFrames<Frame>;

  constructor(page: Page) {
    this.raw = page;
    this.#frames = new ContentFrames(
      () =>
        page
          .frames()
          .slice(1)
          .filter((frame) => isOwnFrame(frame.url(), page.url())),
      async (frame, share) => {
        const element = await frame.frameElement();
        const script = `(${isContent})(arguments[0], ${share})`;
        return element
          .evaluate((owner, body) => new Function(`return ${body}`)(owner) as boolean, script)
          .finally(() => element.dispose());
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
      // The network of a meeting page never becomes idle, and its document is usable long before the load event.
      const response = await this.raw.goto(url, { waitUntil: 'domcontentloaded', timeout: timeoutMs });
      return response?.status() ?? null;
    } catch (error) {
      throw error instanceof errors.TimeoutError ? new OpenTimeout(error) : error;
    }
  }

  async documents(): Promise<PageDocument[]> {
    return [this.raw.mainFrame(), ...(await this.#frames.find())].map(documentOf);
  }

  async size(): Promise<{ width: number; height: number }> {
    return this.raw.viewportSize() ?? this.raw.evaluate(() => ({ width: innerWidth, height: innerHeight }));
  }

  moveMouse(x: number, y: number): Promise<void> {
    return this.raw.mouse.move(x, y);
  }

  pressKeys(keys: string): Promise<void> {
    return this.raw.keyboard.press(keys);
  }

  screenshot(timeoutMs: number): Promise<Buffer> {
    return this.raw.screenshot({ type: 'png', timeout: timeoutMs });
  }

  async devTools(): Promise<DevTools> {
    const session = await this.raw.context().newCDPSession(this.raw);
    // The library's types know every method. The engine uses few, and names what it expects of them itself.
    return session as unknown as DevTools;
  }

  async addInitScript<A>(fn: (arg: A) => void, arg: A): Promise<void> {
    await this.raw.addInitScript({ content: `(${fn})(${JSON.stringify(arg)})` });
  }

  onCrash(listener: () => void): void {
    this.raw.on('crash', listener);
  }

  onClose(listener: () => void): void {
    this.raw.on('close', listener);
  }

  onPopupClosed(listener: () => void): void {
    this.raw.on('popup', (popup) => {
      popup.close().then(listener, () => undefined);
    });
  }

  onConsole(listener: (text: string) => void): void {
    this.raw.on('console', (message) => listener(message.text()));
  }
}

function documentOf(frame: Frame): PageDocument {
  return {
    evaluate: (script) => frame.evaluate(script),
    async find(script) {
      const handle = await frame.evaluateHandle(script);
      const element = handle.asElement() as ElementHandle<HTMLElement> | null;
      if (!element) await handle.dispose();
      return element && elementOf(element);
    },
  };
}

function elementOf(handle: ElementHandle<HTMLElement>): PageElement {
  return {
    click: (timeoutMs) => handle.click({ timeout: timeoutMs }),
    focus: () => handle.focus(),
    type: (text) => handle.type(text),
    run: (fn) => handle.evaluate(fn as (element: HTMLElement) => never),
    dispose: () => void handle.dispose().catch(() => undefined),
  };
}
