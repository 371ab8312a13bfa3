// The HTTP server that runs the app, with limits on what one client can occupy: requests
// have to arrive in time, and clients have to read their responses in time.
import { createServer, type Server, type ServerResponse } from 'node:http';
import { getRequestListener, RequestError } from '@hono/node-server';
import type { Log } from '@meeboter/chassis/log.ts';
import { Problem, problemAnswer } from './problem.ts';

const LIMITS = {
  /** For the headers of a request to arrive, ms. */
  headersTimeout: 15_000,
  /** For a whole request to arrive, ms. */
  requestTimeout: 60_000,
  /** Longer than the 5 s between two reports of a bot, so that it keeps its connection. */
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 5_000,
};
/** How long a client may take to read a response that is complete on our side. Does not apply to streams that go on. */
const FETCH_ANSWER_MS = 60_000;
/** A connection without a byte in either direction for this long is closed. */
const SILENT_MS = 120_000;
/** More connections than this are refused. Each bot keeps one open. */
const CONNECTIONS_MAX = 5_000;

type Fetch = Parameters<typeof getRequestListener>[0];

export interface ServerOptions {
  hostname: string;
  port: number;
  log: Log;
  /** For tests. */
  fetchAnswerMs?: number;
}

/** Serves an app. Resolves when it listens; throws a readable Error when the port is taken. */
export function listen(fetch: Fetch, options: ServerOptions): Promise<Server> {
  const { hostname, port, log, fetchAnswerMs = FETCH_ANSWER_MS } = options;
  const answer = getRequestListener(fetch, {
    hostname,
    // For requests that fail before they reach the app, such as one with an invalid Host header.
    errorHandler: (error) => {
      if (!(error instanceof RequestError)) log.error({ err: error }, 'request failed outside the app');
      return problemAnswer(
        error instanceof RequestError
          ? new Problem(400, { code: 'malformed_request', detail: `${error.message}.`, cause: error })
          : error,
      );
    },
  });
  const server = createServer(LIMITS, (request, response) => {
    endWhenNotFetched(response, fetchAnswerMs);
    void answer(request, response);
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.setTimeout(SILENT_MS);
  server.on('drop', () =>
    log.warn({ connections: CONNECTIONS_MAX }, 'connection refused: too many connections are open'),
  );
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`Port ${port} is in use by another program. Set API_PORT to a free one.`)
          : error,
      ),
    );
    server.listen(port, hostname, () => resolve(server));
  });
}

/** Closes the connection of a client that does not read its response within `ms`. */
function endWhenNotFetched(response: ServerResponse, ms: number): void {
  let timer: NodeJS.Timeout | undefined;
  // `prefinish`: the app has written the whole response. `finish`: the operating system has taken all of it.
  response.once('prefinish', () => {
    timer = setTimeout(() => response.destroy(), ms);
    timer.unref();
  });
  response.once('finish', () => clearTimeout(timer));
  response.once('close', () => clearTimeout(timer));
}

/** The share of the remaining grace time that requests may use. */
const REQUESTS_SHARE = 0.8;

/** Stops accepting connections and lets running requests finish, for at most 5 s. */
export async function closeServer(server: Server, leftMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), Math.min(leftMs * REQUESTS_SHARE, 5_000));
  await closed;
  clearTimeout(late);
}
