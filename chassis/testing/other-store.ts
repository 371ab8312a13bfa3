// An object store that behaves as those of other vendors do, where the embedded one does not: lists in
// pages, parts of one size only, errors inside an answer 200, throttling, answers that get lost.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Operation = 'create' | 'part' | 'list' | 'complete' | 'abort' | 'head' | 'put' | 'get';

/**
 * What goes wrong with one request. `slow_down`, `internal`: 503, 500. `empty_200`, `odd_200`: an answer 200
 * without a body, or with one that says nothing. `lost`: done, but the connection breaks before the answer.
 * `hang`: no answer. Or an error of this code; under status 200 a line break follows it, which makes the SDK
 * overlook it.
 */
export type Fault =
  | 'slow_down'
  | 'internal'
  | 'empty_200'
  | 'odd_200'
  | 'lost'
  | 'hang'
  | { code: string; status: number };

interface Part {
  etag: string;
  body: Buffer;
}
interface Upload {
  key: string;
  parts: Map<number, Part>;
}

export interface OtherStore {
  readonly endpoint: string;
  readonly objects: Map<string, Buffer>;
  readonly uploads: Map<string, Upload>;
  /** Operations that were asked for, in order. */
  readonly asked: Operation[];
  /** Parts on one page of a list. */
  pageSize: number;
  /** A part below this is taken as the last one only. */
  minPartBytes: number;
  /** All parts but the last have to have one size, and the last may not be larger. */
  equalParts: boolean;
  /** Operations that this store does not have. */
  missing: Operation[];
  /** Parts that are there, but not on the list yet. */
  unlisted: number[];
  fault: (operation: Operation, nth: number) => Fault | null;
  stop(): Promise<void>;
}

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, code: string) {
    super(code);
    this.status = status;
  }
}

/** Starts it on a free port of the loopback address. Signatures are not checked. */
export async function startOtherStore(): Promise<OtherStore> {
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  let ids = 0;

  const store: OtherStore = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects: new Map(),
    uploads: new Map(),
    asked: [],
    pageSize: 1_000,
    minPartBytes: 5 * 1024 * 1024,
    equalParts: false,
    missing: [],
    unlisted: [],
    fault: () => null,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const body = await readBody(request);
    const url = new URL(request.url ?? '/', store.endpoint);
    const key = decodeURIComponent(url.pathname.split('/').slice(2).join('/'));
    // The bucket itself is there.
    if (key === '') return response.writeHead(200).end();
    const operation = operationOf(request.method ?? 'GET', url.searchParams);
    store.asked.push(operation);
    const fault = store.fault(operation, store.asked.filter((it) => it === operation).length);
    if (fault === 'hang') return undefined;
    if (fault !== null && fault !== 'lost') return failWith(fault, response);
    try {
      if (store.missing.includes(operation)) throw new Refusal(501, 'NotImplemented');
      const respond = answerTo(operation, key, url.searchParams, body, request.headers.range ?? '');
      if (fault === 'lost') return response.destroy();
      return respond(response);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return sendError(response, error.status, error.message);
    }
  }

  /** Does what was asked; what it returns sends the answer. */
  function answerTo(operation: Operation, key: string, query: URLSearchParams, body: Buffer, range: string) {
    switch (operation) {
      case 'create': {
        ids += 1;
        store.uploads.set(`upload-${ids}`, { key, parts: new Map() });
        return xml(
          `<InitiateMultipartUploadResult><UploadId>upload-${ids}</UploadId></InitiateMultipartUploadResult>`,
        );
      }
      case 'part': {
        const etag = `"${createHash('md5').update(body).digest('hex')}"`;
        uploadOf(query).parts.set(Number(query.get('partNumber')), { etag, body });
        return (response: ServerResponse) => response.writeHead(200, { etag }).end();
      }
      case 'list':
        return xml(list(uploadOf(query), Number(query.get('part-number-marker') ?? 0)));
      case 'complete':
        return xml(complete(uploadOf(query), query, body.toString()));
      case 'abort':
        uploadOf(query);
        store.uploads.delete(query.get('uploadId') ?? '');
        return (response: ServerResponse) => response.writeHead(204).end();
      case 'put':
        store.objects.set(key, body);
        return (response: ServerResponse) => response.writeHead(200, { etag: '"put"' }).end();
      case 'head':
      case 'get': {
        const object = store.objects.get(key);
        if (!object) throw new Refusal(404, 'NoSuchKey');
        const [, from, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
        const bytes = from === undefined ? object : object.subarray(Number(from), Number(last) + 1);
        return (response: ServerResponse) => {
          response.writeHead(from === undefined ? 200 : 206, { 'content-length': bytes.length });
          response.end(operation === 'get' ? bytes : undefined);
        };
      }
    }
  }

  function uploadOf(query: URLSearchParams): Upload {
    const upload = store.uploads.get(query.get('uploadId') ?? '');
    if (!upload) throw new Refusal(404, 'NoSuchUpload');
    return upload;
  }

  function list({ parts }: Upload, marker: number): string {
    const all = [...parts].sort(([a], [b]) => a - b).filter(([number]) => !store.unlisted.includes(number));
    const after = all.filter(([number]) => number > marker);
    const page = after.slice(0, store.pageSize);
    const items = page.map(
      ([number, { etag, body }]) =>
        `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag><Size>${body.length}</Size></Part>`,
    );
    const next = `<NextPartNumberMarker>${page.at(-1)?.[0] ?? 0}</NextPartNumberMarker>`;
    const isTruncated = after.length > page.length;
    return `<ListPartsResult>${next}<IsTruncated>${isTruncated}</IsTruncated>${items.join('')}</ListPartsResult>`;
  }

  function complete(upload: Upload, query: URLSearchParams, body: string): string {
    const named = [...body.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
      number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
      etag: (/<ETag>(.*?)</.exec(part)?.[1] ?? '').replaceAll('&quot;', '"'),
    }));
    if (named.length === 0) throw new Refusal(400, 'MalformedXML');
    if (named.some(({ number }, index) => index > 0 && number <= (named[index - 1]?.number ?? 0))) {
      throw new Refusal(400, 'InvalidPartOrder');
    }
    const bodies = named.map(({ number, etag }) => {
      const part = upload.parts.get(number);
      if (part?.etag !== etag) throw new Refusal(400, 'InvalidPart');
      return part.body;
    });
    const [first = Buffer.alloc(0), ...others] = bodies;
    const middle = bodies.slice(0, -1);
    if (middle.some((it) => it.length < store.minPartBytes)) throw new Refusal(400, 'EntityTooSmall');
    const isUnequal = others.some((it, index) =>
      index === others.length - 1 ? it.length > first.length : it.length !== first.length,
    );
    if (store.equalParts && isUnequal) throw new Refusal(400, 'InvalidPart');
    store.objects.set(upload.key, Buffer.concat(bodies));
    store.uploads.delete(query.get('uploadId') ?? '');
    return `<CompleteMultipartUploadResult><Key>${upload.key}</Key><ETag>"whole"</ETag></CompleteMultipartUploadResult>`;
  }

  return store;
}

function operationOf(method: string, query: URLSearchParams): Operation {
  if (method === 'POST') return query.has('uploads') ? 'create' : 'complete';
  if (method === 'PUT') return query.has('partNumber') ? 'part' : 'put';
  if (method === 'DELETE') return 'abort';
  if (method === 'HEAD') return 'head';
  return query.has('uploadId') ? 'list' : 'get';
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const xml = (text: string) => (response: ServerResponse) => send(response, 200, text);

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>${text}`);
}

function sendError(response: ServerResponse, status: number, code: string): void {
  const behind = status === 200 ? '\n' : '';
  send(response, status, `<Error><Code>${code}</Code><Message>as ${code} is said</Message></Error>${behind}`);
}

function failWith(fault: Exclude<Fault, 'lost' | 'hang'>, response: ServerResponse): unknown {
  if (fault === 'slow_down') return sendError(response, 503, 'SlowDown');
  if (fault === 'internal') return sendError(response, 500, 'InternalError');
  if (fault === 'odd_200') return send(response, 200, '<Ok/>');
  if (fault === 'empty_200') return response.writeHead(200).end();
  return sendError(response, fault.status, fault.code);
}
