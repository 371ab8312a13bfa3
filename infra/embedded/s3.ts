// An S3 in this process, for `npm start` without an object store and for the
// tests: fauxqs, with three things added that the product relies on. It listens
// on the loopback address only (fauxqs itself would listen on all), it checks
// signatures and expiry, and it knows ListParts.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildApp } from 'fauxqs';
import { type Credentials, refusalOf } from './sigv4.ts';

export interface EmbeddedS3 {
  endpoint: string;
  stop(): Promise<void>;
}

interface Part {
  partNumber: number;
  etag: string;
  body: Buffer;
  lastModified: Date;
}

/** The store behind fauxqs. Its class is not among the package's exports, so it is loaded by path. */
interface Store {
  persistence?: unknown;
  multipartUploads: Map<string, { bucket: string; key: string; parts: Map<number, Part> }>;
}

interface Internals {
  S3Store: new () => Store;
  FileS3Persistence: new (dir: string) => { loadS3(store: Store): void; close(): void };
  SqsStore: new () => unknown;
  SnsStore: new () => unknown;
}

async function internals(): Promise<Internals> {
  const base = import.meta.resolve('fauxqs');
  const load = (path: string) => import(new URL(path, base).href);
  const modules = ['./s3/s3Store.js', './s3/fileS3Persistence.js', './sqs/sqsStore.js', './sns/snsStore.js'];
  return Object.assign({}, ...(await Promise.all(modules.map(load)))) as Internals;
}

/** Starts it on 127.0.0.1; objects are files in `dir`. Throws a readable Error when the port is taken. */
export async function startEmbeddedS3(options: {
  dir: string;
  port: number;
  credentials: Credentials;
}): Promise<EmbeddedS3> {
  const { S3Store, FileS3Persistence, SqsStore, SnsStore } = await internals();
  const store = new S3Store();
  const files = new FileS3Persistence(options.dir);
  files.loadS3(store);
  store.persistence = files;
  const stores = { s3Store: store, sqsStore: new SqsStore(), snsStore: new SnsStore() };
  const app = buildApp({ logger: false, host: '127.0.0.1', stores: stores as never });
  await app.ready();

  const server = createServer((request, response) => {
    const refusal = refusalOf(request, options.credentials, new Date());
    if (refusal !== null) return answer(response, 403, errorXml(refusal));
    if (isListParts(request)) return listParts(store, request, response);
    return app.routing(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`Port ${options.port}, for the object store, is in use by another program.`)
          : error,
      ),
    );
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    endpoint: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await app.close();
      files.close();
    },
  };
}

function isListParts(request: IncomingMessage): boolean {
  return request.method === 'GET' && new URLSearchParams(request.url?.split('?')[1]).has('uploadId');
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html, all on one page. */
function listParts(store: Store, request: IncomingMessage, response: ServerResponse): void {
  const uploadId = new URLSearchParams(request.url?.split('?')[1]).get('uploadId') ?? '';
  const upload = store.multipartUploads.get(uploadId);
  if (!upload) {
    answer(response, 404, errorXml('NoSuchUpload'));
    return;
  }
  const parts = [...upload.parts.values()].sort((a, b) => a.partNumber - b.partNumber);
  const body = parts.map(
    (part) =>
      `<Part><PartNumber>${part.partNumber}</PartNumber><ETag>${escapeXml(part.etag)}</ETag>` +
      `<Size>${part.body.length}</Size><LastModified>${part.lastModified.toISOString()}</LastModified></Part>`,
  );
  answer(
    response,
    200,
    `<ListPartsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>${escapeXml(upload.bucket)}</Bucket>` +
      `<Key>${escapeXml(upload.key)}</Key><UploadId>${escapeXml(uploadId)}</UploadId>` +
      `<IsTruncated>false</IsTruncated>${body.join('')}</ListPartsResult>`,
  );
}

function answer(response: ServerResponse, status: number, xml: string): void {
  response.writeHead(status, { 'content-type': 'application/xml', connection: 'close' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>${xml}`);
}

const errorXml = (code: string) => `<Error><Code>${code}</Code><Message>${code}</Message></Error>`;

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
