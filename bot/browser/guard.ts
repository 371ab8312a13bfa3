// Meeting pages are untrusted. The page may open addresses of the allowed origins and nothing else: every
// hop of every navigation of its main frame is checked before it is asked for, so that neither a link nor a
// redirect makes the bot visit (and screenshot) somebody else's page.
//
// Every document the page opens is sandboxed by a header that is added to the server's answer. The
// browser itself then refuses what a meeting has no use for, in the page and in all frames within it:
// windows and tabs, downloads, dialogs that would stop the page, printing.
import type { Log } from '../log.ts';
import { preventDialogs } from './dialogs.ts';
import type { DevTools, PagePort } from './page-port.ts';

/** What is not listed is refused: allow-popups, allow-downloads, allow-modals, allow-top-navigation. */
const SANDBOX = [
  ...['sandbox allow-scripts allow-same-origin allow-forms allow-pointer-lock allow-orientation-lock'],
  ...['allow-presentation allow-storage-access-by-user-activation'],
].join(' ');

interface Chunk {
  data: string;
  base64Encoded?: boolean;
  eof: boolean;
}

const MAX_DOCUMENT_BYTES = 32 * 1024 * 1024;

export interface NavigationGuard {
  /** Whether the page may open an address. */
  allows(url: string): boolean;
  /** Begins to check; doing it again changes nothing. */
  install(): Promise<void>;
  /** The last address that was refused; null when none was. */
  refused(): string | null;
}

interface PausedRequest {
  requestId: string;
  frameId: string;
  request: { url: string };
  /** Set once the server has answered. */
  responseStatusCode?: number;
  /** Set once the request has failed. */
  responseErrorReason?: string;
  responseHeaders?: { name: string; value: string }[];
}

/** Watches over where one page goes. A tab or window that it opens all the same is closed at once. */
export function guardNavigation(
  page: PagePort,
  allowedOrigins: readonly string[],
  log: Pick<Log, 'info'>,
): NavigationGuard {
  let refused: string | null = null;
  let installed: Promise<void> | null = null;
  const allows = (url: string) => {
    if (!URL.canParse(url)) return false;
    const { origin, protocol } = new URL(url);
    // A blob: of an allowed origin has that origin too.
    if (protocol !== 'https:' && protocol !== 'http:') return false;
    return allowedOrigins.some((allowed) => covers(allowed, origin));
  };
  page.onPopupClosed(() => log.info('popup_closed'));

  async function install(): Promise<void> {
    const session: DevTools = await page.devTools();
    const { frameTree } = await session.send<{ frameTree: { frame: { id: string } } }>('Page.getFrameTree');
    const mainFrame = frameTree.frame.id;
    const answer = (paused: PausedRequest): Promise<unknown> => {
      const { requestId, frameId, request } = paused;
      if (frameId !== mainFrame) return session.send('Fetch.continueRequest', { requestId });
      const next = redirectOf(paused) ?? request.url;
      if (!allows(next)) {
        refused = next;
        return session.send('Fetch.failRequest', { requestId, errorReason: 'BlockedByClient' });
      }
      if (hasDocument(paused)) return sandbox(session, paused);
      return session.send('Fetch.continueRequest', { requestId });
    };
    session.on('Fetch.requestPaused', (paused: PausedRequest) => {
      // It fails for a request that was cancelled meanwhile, and for a page that is gone.
      answer(paused).catch(() => undefined);
    });
    await preventDialogs(page, log);
    // A service worker of the page's own must not answer in place of the server: its answer would pass by.
    await session.send('Network.enable');
    await session.send('Network.setBypassServiceWorker', { bypass: true });
    // Documents only: everything else passes without a detour.
    const document = { urlPattern: '*', resourceType: 'Document' } as const;
    await session.send('Fetch.enable', {
      patterns: [
        { ...document, requestStage: 'Request' },
        { ...document, requestStage: 'Response' },
      ],
    });
  }

  return {
    allows,
    install: () => {
      installed ??= install();
      return installed;
    },
    refused: () => refused,
  };
}

/** Whether an allowed origin, or `https://*.domain` (the domain itself too), covers an origin. Hosts are compared by their labels. */
function covers(allowed: string, origin: string): boolean {
  if (allowed === origin) return true;
  const domain = /^https:\/\/\*(\.[a-z0-9.-]+)$/.exec(allowed)?.[1];
  if (domain === undefined || !origin.startsWith('https://')) return false;
  const { hostname, port } = new URL(origin);
  return port === '' && (hostname.endsWith(domain) || hostname === domain.slice(1));
}

/** Where the answer sends the page; null when it sends it nowhere. */
function redirectOf({
  request,
  responseStatusCode: status = 0,
  responseHeaders = [],
}: PausedRequest): string | null {
  const location = responseHeaders.find(({ name }) => name.toLowerCase() === 'location')?.value;
  if (location === undefined || status < 300 || status > 399) return null;
  return URL.canParse(location, request.url) ? new URL(location, request.url).href : location;
}

/** Redirects, errors of the network and answers without content show nothing. */
function hasDocument({ responseStatusCode: status, responseErrorReason }: PausedRequest): boolean {
  if (status === undefined || responseErrorReason !== undefined) return false;
  return status >= 200 && status !== 204 && status !== 205 && (status < 300 || status >= 400);
}

/** Hands the server's answer to the browser, with the header that sandboxes it. */
async function sandbox(session: DevTools, paused: PausedRequest): Promise<void> {
  const { requestId, responseStatusCode = 200, responseHeaders = [] } = paused;
  const body = isDownload(responseHeaders) ? null : await takeBody(session, requestId);
  if (!body) {
    await session.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' });
    return;
  }
  // The browser has decoded the body already. It reads this header only in an answer that is given whole.
  const kept = responseHeaders.filter(
    ({ name }) => !/^(content-(encoding|length)|transfer-encoding)$/i.test(name),
  );
  await session.send('Fetch.fulfillRequest', {
    requestId,
    responseCode: responseStatusCode,
    responseHeaders: [...kept, { name: 'content-security-policy', value: SANDBOX }],
    body: body.toString('base64'),
  });
}

function isDownload(headers: { name: string; value: string }[]): boolean {
  return headers.some(
    ({ name, value }) => /^content-disposition$/i.test(name) && /^\s*attachment/i.test(value),
  );
}

/** The whole body; null when it is larger than a document has any reason to be. */
async function takeBody(session: DevTools, requestId: string): Promise<Buffer | null> {
  const { stream: handle } = await session.send<{ stream: string }>('Fetch.takeResponseBodyAsStream', {
    requestId,
  });
  const chunks: Buffer[] = [];
  for (let bytes = 0; bytes <= MAX_DOCUMENT_BYTES; ) {
    const { data, base64Encoded, eof } = await session.send<Chunk>('IO.read', { handle });
    const chunk = Buffer.from(data, base64Encoded ? 'base64' : 'utf8');
    chunks.push(chunk);
    bytes += chunk.length;
    if (eof) {
      await session.send('IO.close', { handle });
      return Buffer.concat(chunks);
    }
  }
  await session.send('IO.close', { handle });
  return null;
}
