// Sends the media of the simulated people: one headless Chromium for the whole lab, started when the
// first guest knocks at a meeting with people in it. Its page (page/) has one peer connection per guest.
import type { Browser, Page } from 'playwright';
import type { Signal } from '../meetings/guest.ts';
import type { Person } from '../meetings/people.ts';
import { findChromium, launchFarEnd } from './chromium.ts';

/** Who is in a room and who speaks there, by person id. */
export interface RoomMedia {
  present: string[];
  speaking: string[];
}

export interface Connection extends RoomMedia {
  guestId: string;
  code: string;
  people: Person[];
  /** All voices are one stream, as from a platform that mixes them; the pictures come without sound. */
  mixed: boolean;
  toGuest(signal: Signal): void;
}

type Command = { kind: 'connect' | 'disconnect' | 'signal' | 'update'; [key: string]: unknown };

export class FarEnd {
  readonly #pageUrl: () => string;
  readonly #chromiumPath: string | undefined;
  readonly #connections = new Map<string, Connection>();
  #started: Promise<{ browser: Browser; page: Page }> | null = null;
  #closing = false;

  constructor(options: { pageUrl: () => string; chromiumPath?: string | undefined }) {
    this.#pageUrl = options.pageUrl;
    this.#chromiumPath = options.chromiumPath;
  }

  /** Resolves when the browser is running; rejects with the reason when it cannot start. */
  async ready(): Promise<void> {
    await this.#start();
  }

  connect(connection: Connection): void {
    this.#connections.set(connection.guestId, connection);
    this.#offer(connection);
  }

  signal(guestId: string, signal: Signal): void {
    if (this.#connections.has(guestId)) this.#command({ kind: 'signal', guestId, signal });
  }

  disconnect(guestId: string): void {
    if (this.#connections.delete(guestId)) this.#command({ kind: 'disconnect', guestId });
  }

  update(code: string, media: RoomMedia): void {
    const touched = [...this.#connections.values()].filter((one) => one.code === code);
    for (const connection of touched) Object.assign(connection, media);
    if (touched.length > 0) this.#command({ kind: 'update', code, ...media });
  }

  /** Closes the browser, also while it is starting. */
  async close(): Promise<void> {
    this.#closing = true;
    const started = await this.#started?.catch(() => null);
    await started?.browser.close();
  }

  #offer({ toGuest, ...connection }: Connection): void {
    this.#command({ kind: 'connect', ...connection });
  }

  /** Sends a command to the page. Commands arrive in the order in which they are sent. */
  #command(command: Command): void {
    if (this.#closing) return;
    this.#start()
      .then(({ page }) =>
        page.evaluate((one) => globalThis.dispatchEvent(new CustomEvent('lab', { detail: one })), command),
      )
      .catch((cause: unknown) => {
        if (!this.#closing) console.error('lab: the far end missed a command', command.kind, cause);
      });
  }

  #start(): Promise<{ browser: Browser; page: Page }> {
    this.#started ??= this.#launch().catch((cause: unknown) => {
      this.#started = null;
      throw cause;
    });
    return this.#started;
  }

  async #launch(): Promise<{ browser: Browser; page: Page }> {
    const browser = await launchFarEnd(findChromium(this.#chromiumPath));
    const page = await browser.newPage();
    await page.exposeFunction('toGuest', (guestId: string, signal: Signal) => {
      this.#connections.get(guestId)?.toGuest(signal);
    });
    await page.goto(this.#pageUrl());
    browser.on('disconnected', () => this.#restart());
    return { browser, page };
  }

  /** After a crash of the browser: starts it again and offers every guest a new connection, so that nobody stays without media. */
  #restart(): void {
    this.#started = null;
    if (this.#closing) return;
    for (const connection of this.#connections.values()) this.#offer(connection);
  }
}
