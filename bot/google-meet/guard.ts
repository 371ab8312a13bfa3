// Meeting pages are untrusted. The page may open the allowed origins and nothing
// else: every hop of every main-frame navigation is checked before it is asked for,
// so that neither a link nor a redirect makes the bot visit (and screenshot) a
// machine inside the network it runs in.
import type { CDPSession, Page } from 'playwright';
import type { MeetLog } from './visit.ts';

export interface NavigationGuard {
  /** Starts to check; again is harmless. */
  install(): Promise<void>;
  /** The last address that was refused; null when none was. */
  refused(): string | null;
}

interface PausedRequest {
  requestId: string;
  frameId: string;
  request: { url: string };
}

/** Watches over where one page goes. New tabs and windows it opens are closed at once. */
export function guardNavigation(
  page: Page,
  allowedOrigins: readonly string[],
  log: MeetLog,
): NavigationGuard {
  let refused: string | null = null;
  let installed: Promise<void> | null = null;
  page.on('popup', (popup) => {
    log.info('popup_closed');
    popup.close().catch(() => undefined);
  });

  async function install(): Promise<void> {
    const session: CDPSession = await page.context().newCDPSession(page);
    const { frameTree } = await session.send('Page.getFrameTree');
    const mainFrame = frameTree.frame.id;
    session.on('Fetch.requestPaused', ({ requestId, frameId, request }: PausedRequest) => {
      const isFree = frameId !== mainFrame || isAllowed(request.url, allowedOrigins);
      if (!isFree) refused = request.url;
      const answer = isFree
        ? session.send('Fetch.continueRequest', { requestId })
        : session.send('Fetch.failRequest', { requestId, errorReason: 'BlockedByClient' });
      // A request that was cancelled meanwhile, or a page that is gone.
      answer.catch(() => undefined);
    });
    // Documents only: everything else passes without a detour.
    await session.send('Fetch.enable', { patterns: [{ urlPattern: '*', resourceType: 'Document' }] });
  }

  return {
    install: () => {
      installed ??= install();
      return installed;
    },
    refused: () => refused,
  };
}

/** Whether the page may open an address. */
export function isAllowed(url: string, allowedOrigins: readonly string[]): boolean {
  return URL.canParse(url) && allowedOrigins.includes(new URL(url).origin);
}
