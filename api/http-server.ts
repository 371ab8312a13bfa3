// The HTTP server under the app, and how much of it one stranger can hold: every
// request has to arrive in time, and every answer has to be fetched in time.
import { createServer, type Server, type ServerResponse } from 'node:http';
import { getRequestListener, RequestError } from '@hono/node-server';
import type { Log } from '@meeboter/chassis/log.ts';
import { Problem, problemAnswer } from './problem.ts';

const LIMITS = {
  /** The head of a request. */
  headersTimeout: 15_000,
  /** The whole of a request. */
  requestTimeout: 60_000,
  /** Longer than the pause between two reports of a bot: it keeps its connection. */
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 5_000,
};
/** How long a client may take to fetch an answer that is complete here. Streams are not meant: they have no end yet. */
const FETCH_ANSWER_MS = 60_000;
/** No byte in either direction for this long: the client is gone. */
const SILENT_MS = 120_000;
/** Above it new connections are closed. Each of a thousand bots keeps one. */
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
    // What fails before or behind the app, such as a Host header that is none.
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
    log.warn({ connections: CONNECTIONS_MAX }, 'connection refused: too many are open'),
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

/** Closes the connection of a client that does not fetch its answer. */
function endWhenNotFetched(response: ServerResponse, ms: number): void {
  let timer: NodeJS.Timeout | undefined;
  // All of the answer is handed over; `finish` comes when the system has taken it.
  response.once('prefinish', () => {
    timer = setTimeout(() => response.destroy(), ms);
    timer.unref();
  });
  response.once('finish', () => clearTimeout(timer));
  response.once('close', () => clearTimeout(timer));
}

/** Of what is left of the grace time: what requests may take is not all of it. */
const REQUESTS_SHARE = 0.8;

/** Lets requests finish, within the grace time. */
export async function closeServer(server: Server, leftMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), Math.min(leftMs * REQUESTS_SHARE, 5_000));
  await closed;
  clearTimeout(late);
}
