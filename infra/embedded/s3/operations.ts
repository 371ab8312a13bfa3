// What the store can do. A request is matched by its method, by what it is about and by the exact set of
// its parameters and `x-amz-*` headers: what is not named here is refused, never ignored.
import type { ServerResponse } from 'node:http';
import { RESPONSE_OVERRIDES, sendObject } from './download.ts';
import { notImplemented, S3Error } from './error.ts';
import type { Objects } from './objects.ts';
import { type Body, receiveFile, receiveText } from './receive.ts';
import type { S3Request } from './request.ts';
import type { Vouched } from './sigv4.ts';
import type { Uploads } from './uploads.ts';
import { partsNamedIn, xmlDocument } from './xml.ts';

export interface Store {
  objects: Objects;
  uploads: Uploads;
}

/** A request whose signature is right. */
export type SignedRequest = S3Request & Body & Vouched;

type Handler = (store: Store, request: SignedRequest, response: ServerResponse) => void | Promise<void>;

interface Operation {
  method: string;
  about: 'bucket' | 'object';
  /** Parameters that make a request this one. */
  needs?: string[];
  /** Further parameters that it understands. */
  takes?: string[];
  handle: Handler;
}

/** The bot's parts have 5 MiB; a sender of parts has no need for one that fills the disk. */
const MOST_BODY_BYTES = 64 * 1024 * 1024;
/** 10,000 parts, the most there are, with all their checksums. */
const MOST_XML_BYTES = 4 * 1024 * 1024;
const MOST_PARTS = 10_000;

const OPERATIONS: readonly Operation[] = [
  { method: 'HEAD', about: 'bucket', handle: headBucket },
  { method: 'PUT', about: 'bucket', handle: createBucket },
  { method: 'HEAD', about: 'object', takes: RESPONSE_OVERRIDES, handle: getObject },
  { method: 'GET', about: 'object', takes: RESPONSE_OVERRIDES, handle: getObject },
  { method: 'PUT', about: 'object', handle: putObject },
  { method: 'POST', about: 'object', needs: ['uploads'], handle: createUpload },
  { method: 'PUT', about: 'object', needs: ['uploadId', 'partNumber'], handle: uploadPart },
  {
    method: 'GET',
    about: 'object',
    needs: ['uploadId'],
    takes: ['max-parts', 'part-number-marker'],
    handle: listParts,
  },
  { method: 'POST', about: 'object', needs: ['uploadId'], handle: completeUpload },
  { method: 'DELETE', about: 'object', needs: ['uploadId'], handle: abortUpload },
];

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** Parameters of every request: the signature's, and the name that the SDK gives the operation. */
const COMMON_PARAMETER =
  /^(X-Amz-(Algorithm|Content-Sha256|Credential|Date|Expires|Signature|SignedHeaders)|x-id)$/;
/** Headers that change nothing here, or that are checked wherever a body is read. */
const KNOWN_HEADER =
  /^x-amz-(date|content-sha256|user-agent|sdk-checksum-algorithm|checksum-(crc32|sha1|sha256|algorithm|mode)|meta-.*)$/;

/** The operation that a request asks for. Throws S3Error when there is none that understands all of it. */
export function operationOf(request: S3Request): Handler {
  if (!BUCKET.test(request.bucket))
    throw new S3Error(400, 'InvalidBucketName', 'This is no name of a bucket.');
  const header = [...request.headers.keys()].find(
    (name) => name.startsWith('x-amz-') && !KNOWN_HEADER.test(name),
  );
  if (header !== undefined) throw notImplemented(`the header ${header}`);
  const names = [...request.query.keys()].filter((name) => !COMMON_PARAMETER.test(name));
  const about = request.key === '' ? 'bucket' : 'object';
  const found = OPERATIONS.find(
    ({ needs = [], takes = [], ...operation }) =>
      operation.method === request.method &&
      operation.about === about &&
      needs.every((name) => request.query.has(name)) &&
      names.every((name) => needs.includes(name) || takes.includes(name)),
  );
  if (!found)
    throw notImplemented(`${request.method} of this with these parameters: ${names.join(', ') || 'none'}`);
  return found.handle;
}

function headBucket({ objects }: Store, { bucket }: SignedRequest, response: ServerResponse): void {
  objects.requireBucket(bucket);
  response.writeHead(200).end();
}

async function createBucket(
  { objects }: Store,
  request: SignedRequest,
  response: ServerResponse,
): Promise<void> {
  // A location, perhaps. The store is in one place.
  if (request.headers.has('content-length')) await receiveText(request, MOST_XML_BYTES);
  objects.createBucket(request.bucket);
  response.writeHead(200, { location: `/${request.bucket}` }).end();
}

function getObject({ objects }: Store, request: SignedRequest, response: ServerResponse): Promise<void> {
  return sendObject(request, response, () => objects.find(request.bucket, request.key));
}

async function putObject(
  { objects }: Store,
  request: SignedRequest,
  response: ServerResponse,
): Promise<void> {
  const { bucket, key } = request;
  const { md5, ...content } = await receiveFile(request, objects.contentPath(bucket, key), MOST_BODY_BYTES);
  const etag = `"${md5}"`;
  objects.commit(bucket, { key, etag, headers: storedHeaders(request), ...content });
  response.writeHead(200, { etag }).end();
}

function createUpload({ uploads }: Store, request: SignedRequest, response: ServerResponse): void {
  const { bucket, key } = request;
  const id = uploads.create(bucket, key, storedHeaders(request));
  sendXml(response, 'InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: id });
}

async function uploadPart(
  { uploads }: Store,
  request: SignedRequest,
  response: ServerResponse,
): Promise<void> {
  const { bucket, key, query } = request;
  const id = query.get('uploadId') ?? '';
  const number = query.get('partNumber') ?? '';
  if (!/^[1-9]\d{0,4}$/.test(number) || Number(number) > MOST_PARTS) {
    throw new S3Error(400, 'InvalidArgument', `partNumber is not a number from 1 to ${MOST_PARTS}.`);
  }
  const received = await receiveFile(request, uploads.partPath(id, bucket, key), MOST_BODY_BYTES);
  await uploads.commitPart(id, Number(number), received);
  response.writeHead(200, { etag: `"${received.md5}"` }).end();
}

function listParts(
  { uploads }: Store,
  { bucket, key, query }: SignedRequest,
  response: ServerResponse,
): void {
  const id = query.get('uploadId') ?? '';
  const most = wholeNumber(query, 'max-parts', 1_000);
  const after = wholeNumber(query, 'part-number-marker', 0);
  const rest = uploads.list(id, bucket, key).filter(({ number }) => number > after);
  const page = rest.slice(0, Math.min(most, 1_000));
  sendXml(response, 'ListPartsResult', {
    ...{ Bucket: bucket, Key: key, UploadId: id, PartNumberMarker: after, MaxParts: most },
    NextPartNumberMarker: page.at(-1)?.number ?? after,
    IsTruncated: String(page.length < rest.length),
    Part: page.map((part) => ({
      ...{ PartNumber: part.number, ETag: `"${part.md5}"`, Size: part.bytes },
      LastModified: part.lastModified.toISOString(),
    })),
  });
}

async function completeUpload(
  { uploads }: Store,
  request: SignedRequest,
  response: ServerResponse,
): Promise<void> {
  const { bucket, key, query } = request;
  const parts = partsNamedIn(await receiveText(request, MOST_XML_BYTES));
  const etag = await uploads.complete(query.get('uploadId') ?? '', bucket, key, parts);
  sendXml(response, 'CompleteMultipartUploadResult', { Bucket: bucket, Key: key, ETag: etag });
}

async function abortUpload(
  { uploads }: Store,
  request: SignedRequest,
  response: ServerResponse,
): Promise<void> {
  await uploads.abort(request.query.get('uploadId') ?? '', request.bucket, request.key);
  response.writeHead(204).end();
}

const STORED = /^(content-(type|disposition|language|encoding)|x-amz-meta-.*)$/;

/** Headers that an object is answered with: those that its request was signed with, none that a bearer of a URL added. */
function storedHeaders({ headers, signedHeaders }: SignedRequest): Record<string, string> {
  return Object.fromEntries(
    [...headers].filter(([name]) => STORED.test(name) && signedHeaders.includes(name)),
  );
}

function wholeNumber(query: S3Request['query'], name: string, standard: number): number {
  const text = query.get(name) ?? String(standard);
  if (!/^\d{1,9}$/.test(text)) throw new S3Error(400, 'InvalidArgument', `${name} is not a whole number.`);
  return Number(text);
}

function sendXml(response: ServerResponse, root: string, elements: Parameters<typeof xmlDocument>[1]): void {
  response.writeHead(200, { 'content-type': 'application/xml' }).end(xmlDocument(root, elements));
}
