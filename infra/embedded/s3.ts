// An object store with S3's protocol in this process, for `npm start` without an
// object store of its own and for the tests. It knows the operations that the
// product uses, keeps objects as files, holds none of them in memory, and checks
// every request's signature as S3 does. The folder s3/ has its parts:
//
//   request.ts, sigv4.ts     what a request says, and whether it is signed
//   operations.ts            what the store can do
//   receive.ts, download.ts  bodies in and out
//   objects.ts, uploads.ts   files that survive a crash, a power failure and a full disk
//   set-aside.ts             files that cannot be used
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '@meeboter/chassis/log.ts';
import { S3Error } from './s3/error.ts';
import { Objects } from './s3/objects.ts';
import { operationOf, type Store } from './s3/operations.ts';
import { discard } from './s3/receive.ts';
import { readRequest } from './s3/request.ts';
import { setAsideIn } from './s3/set-aside.ts';
import { type Credentials, verifySignature } from './s3/sigv4.ts';
import { Uploads } from './s3/uploads.ts';
import { xmlDocument } from './s3/xml.ts';

export interface EmbeddedS3 {
  endpoint: string;
  port: number;
  stop(): Promise<void>;
}

export interface EmbeddedS3Options {
  /** Where the objects are. */
  dir: string;
  /** 0: any free port. */
  port: number;
  credentials: Credentials;
  log?: Pick<Log, 'warn' | 'error'>;
}

/** A stranger on this machine may take this many connections, each for as long as the limits below. */
const MOST_CONNECTIONS = 1_000;
const HEADERS_MS = 15_000;
/** For a whole request. A part of 5 MiB takes that long at 17 kB/s. */
const REQUEST_MS = 300_000;
/** A connection on which nothing moves, as of a reader that does not read. */
const IDLE_MS = 60_000;
const MOST_DISCARDED_BYTES = 16 * 1024 * 1024;

const SILENT: Pick<Log, 'warn' | 'error'> = { warn: () => undefined, error: () => undefined };

/**
 * Starts the store on 127.0.0.1. Objects and uploads whose files are damaged are moved to `dir/set-aside`
 * and named in the log; the others are served. Throws the system's error when it cannot listen or read `dir`.
 */
export async function startEmbeddedS3({
  dir,
  port,
  credentials,
  log = SILENT,
}: EmbeddedS3Options): Promise<EmbeddedS3> {
  const setAside = setAsideIn(dir, log);
  const objects = new Objects(dir, setAside);
  const store: Store = { objects, uploads: new Uploads(dir, objects, setAside) };
  objects.check();
  store.uploads.check();

  const open = new Set<Promise<void>>();
  const server = createServer(
    { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS },
    (incoming, response) => {
      const work = answer(store, credentials, log, incoming, response).finally(() => open.delete(work));
      open.add(work);
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.timeout = IDLE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${actual}`,
    port: actual,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await Promise.all(open);
    },
  };
}

/** Never rejects. */
async function answer(
  store: Store,
  credentials: Credentials,
  log: Pick<Log, 'error'>,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const request = readRequest(incoming);
    const vouched = verifySignature(request, credentials, new Date());
    const handle = operationOf(request);
    await handle(store, { ...request, ...vouched, incoming }, response);
  } catch (error) {
    // Nobody is there any more: the sender or the reader has gone.
    if (incoming.socket.destroyed) return;
    const refusal = refusalOf(error);
    if (refusal.status >= 500 && refusal !== error) {
      log.error(
        { err: error, method: incoming.method, path: incoming.url?.split('?')[0] },
        'the object store failed',
      );
    }
    if (response.headersSent) return void response.destroy();
    await refuse(refusal, incoming, response).catch(() => undefined);
  }
}

function refusalOf(error: unknown): S3Error {
  if (error instanceof S3Error) return error;
  const { code } = error as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return isFull
    ? new S3Error(503, 'ServiceUnavailable', 'The disk of the object store is full.')
    : new S3Error(500, 'InternalError', 'The object store failed; its log says why.');
}

async function refuse(
  { status, code, message }: S3Error,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  await discard(incoming, MOST_DISCARDED_BYTES);
  response.writeHead(status, { 'content-type': 'application/xml', connection: 'close' });
  const hasBody = incoming.method !== 'HEAD' && status !== 304;
  response.end(hasBody ? xmlDocument('Error', { Code: code, Message: message }, false) : undefined);
}
