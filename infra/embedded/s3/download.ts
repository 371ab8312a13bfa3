// Answers with an object: whole, a range of it, or nothing where the reader has it already.
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { S3Error } from './error.ts';
import type { StoredObject } from './objects.ts';
import type { S3Request } from './request.ts';

/** Parameters of a signed GET that replace headers of the answer. */
export const RESPONSE_OVERRIDES = [
  ...['response-content-type', 'response-content-language', 'response-expires'],
  ...['response-cache-control', 'response-content-disposition', 'response-content-encoding'],
];

/** Types that a browser shows without running anything in them. */
const PASSIVE = /^(video|audio)\/|^image\/(png|jpeg|gif|webp|avif)$/;

/**
 * Answers GET and HEAD. `find` may be called twice: the object may be replaced between looking it up and
 * opening it. Content is read as fast as the reader takes it, some 64 KiB ahead.
 */
export async function sendObject(
  request: S3Request,
  response: ServerResponse,
  find: () => StoredObject,
): Promise<void> {
  const { object, file } = await openContent(find);
  try {
    const { start, end, isPart } = checkConditions(request, object);
    const headers = answerHeaders(request, object);
    headers['content-length'] = String(end - start + 1);
    if (isPart) headers['content-range'] = `bytes ${start}-${end}/${object.bytes}`;
    response.writeHead(isPart ? 206 : 200, headers);
    if (request.method === 'HEAD' || end < start) return void response.end();
    await pipeline(file.createReadStream({ start, end, autoClose: false }), response);
  } finally {
    await file.close();
  }
}

async function openContent(find: () => StoredObject): Promise<{ object: StoredObject; file: FileHandle }> {
  const object = find();
  try {
    return { object, file: await open(object.path, constants.O_RDONLY) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const replaced = find();
    return { object: replaced, file: await open(replaced.path, constants.O_RDONLY) };
  }
}

function checkConditions(
  { headers }: S3Request,
  object: StoredObject,
): { start: number; end: number; isPart: boolean } {
  const matches = (name: string) =>
    headers
      .get(name)
      ?.split(',')
      .some((etag) => ['*', object.etag, object.etag.replaceAll('"', '')].includes(etag.trim()));
  if (matches('if-match') === false) {
    throw new S3Error(412, 'PreconditionFailed', 'The object does not have the ETag that If-Match names.');
  }
  if (matches('if-none-match')) throw new S3Error(304, 'NotModified', 'The object has not changed.');
  const whole = { start: 0, end: object.bytes - 1, isPart: false };
  const ifRange = headers.get('if-range');
  const isSame =
    ifRange === undefined || ifRange === object.etag || ifRange === object.lastModified.toUTCString();
  const [, from = '', to = ''] = headers.get('range')?.match(/^bytes=(\d*)-(\d*)$/) ?? [];
  if (!isSame || (from === '' && to === '')) return whole;
  const start = from === '' ? Math.max(0, object.bytes - Number(to)) : Number(from);
  const end = from === '' || to === '' ? object.bytes - 1 : Math.min(Number(to), object.bytes - 1);
  // A range that ends before it begins is none, and does not count.
  if (from !== '' && to !== '' && Number(to) < Number(from)) return whole;
  if (start >= object.bytes || (from === '' && Number(to) === 0)) {
    throw new S3Error(416, 'InvalidRange', `The object has ${object.bytes} bytes.`);
  }
  return { start, end, isPart: true };
}

/**
 * Stored headers, replaced where the signed request says so. What a browser could run is always handed out
 * as a download that it must not open or guess the type of: evidence is a copy of somebody else's page.
 */
function answerHeaders({ query }: S3Request, object: StoredObject): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'binary/octet-stream',
    ...object.headers,
    etag: object.etag,
    'last-modified': object.lastModified.toUTCString(),
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
  };
  for (const name of RESPONSE_OVERRIDES) {
    const value = query.get(name);
    if (value === undefined) continue;
    if (!/^[\x20-\x7e]*$/.test(value))
      throw new S3Error(400, 'InvalidArgument', `${name} is not a header's value.`);
    headers[name.slice('response-'.length)] = value;
  }
  if (!PASSIVE.test(headers['content-type']?.toLowerCase() ?? '')) {
    headers['content-security-policy'] = "sandbox; default-src 'none'";
    const [, ...parameters] = (headers['content-disposition'] ?? '').split(';');
    headers['content-disposition'] = ['attachment', ...parameters].join(';');
  }
  return headers;
}
