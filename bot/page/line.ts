// The page's line to its platform: the connections that stay open (web sockets, event streams, long requests). A
// lobby can go on showing its words when its line is dead, and then nobody ever hears of the bot.
import type { PagePort } from '../browser/page-port.ts';

/** A request that is still open after this long is a connection that stays open. A stream is one at once. */
const LONG_MS = 3_000;

export interface Line {
  /** Begins to watch. Doing it again changes nothing. Never rejects: without the browser's events nothing is known. */
  watch(): Promise<void>;
  /**
   * For how long the page has had no connection, in ms, after it had one. Null while it has one, and when it never had
   * one that could be seen.
   */
  deadMs(): number | null;
}

/** Watches a page's connections. `nowMs`: a monotonic clock. */
export function watchLine(page: PagePort, nowMs: () => number): Line {
  let watching: Promise<void> | null = null;
  const open = new Map<string, { sinceMs: number; isStream: boolean }>();
  let lived = false;
  let closedAtMs: number | null = null;

  const opened = (id: string, isStream: boolean) => {
    open.set(id, { sinceMs: nowMs(), isStream });
  };
  const isLong = ({ sinceMs, isStream }: { sinceMs: number; isStream: boolean }) =>
    isStream || nowMs() - sinceMs >= LONG_MS;
  const closed = (id: string) => {
    const one = open.get(id);
    open.delete(id);
    if (!one || !isLong(one)) return;
    lived = true;
    closedAtMs = nowMs();
  };
  const isAlive = () => [...open.values()].some(isLong);

  async function begin(): Promise<void> {
    const devTools = await page.devTools();
    type Id = { requestId: string };
    const sent = ({ requestId, type }: Id & { type?: string }) => {
      // A new document has lines of its own.
      if (type === 'Document') {
        open.clear();
        lived = false;
        closedAtMs = null;
      } else if (type === 'EventSource') opened(requestId, true);
      else if (type === 'Fetch' || type === 'XHR') opened(requestId, false);
    };
    devTools.on('Network.requestWillBeSent', sent);
    devTools.on('Network.webSocketCreated', ({ requestId }: Id) => opened(requestId, true));
    devTools.on('Network.webTransportCreated', ({ transportId }: { transportId: string }) =>
      opened(transportId, true),
    );
    devTools.on('Network.webSocketClosed', ({ requestId }: Id) => closed(requestId));
    devTools.on('Network.webTransportClosed', ({ transportId }: { transportId: string }) =>
      closed(transportId),
    );
    devTools.on('Network.loadingFinished', ({ requestId }: Id) => closed(requestId));
    devTools.on('Network.loadingFailed', ({ requestId }: Id) => closed(requestId));
    await devTools.send('Network.enable');
  }

  return {
    watch() {
      watching ??= begin().catch(() => undefined);
      return watching;
    },
    deadMs() {
      if (isAlive()) {
        lived = true;
        return null;
      }
      // A request that was sent just now may become the line again.
      if (!lived || closedAtMs === null) return null;
      return nowMs() - closedAtMs;
    },
  };
}
