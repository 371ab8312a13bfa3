// One strict reading of a request's target and headers. The signature is checked
// over the same values that the store then acts on, so that a request cannot mean
// one thing to the check and another to the store.
import type { IncomingMessage } from 'node:http';
import { S3Error } from './error.ts';

export interface S3Request {
  method: string;
  /** The path as it is signed: each segment percent-encoded in the one way that Signature Version 4 knows. */
  path: string;
  /** Empty for a request about the whole store. */
  bucket: string;
  /** Decoded; empty for a request about a bucket. */
  key: string;
  /** Decoded parameters, each at most once. */
  query: ReadonlyMap<string, string>;
  /** Header values by lower-case name, without blanks around them. */
  headers: ReadonlyMap<string, string>;
}

const LONGEST_KEY_BYTES = 1_024;
/** Two of these in one request would leave open which one counts. */
const SINGLE = /^(x-amz-.*|content-.*|if-.*|host|authorization|date|range|transfer-encoding)$/;

const malformed = (message: string) => new S3Error(400, 'InvalidRequest', message);

/**
 * Reads a request in path style. Throws S3Error (400) when it can be read in more than one way: a second
 * `?`, a parameter or an important header that comes twice, `+` in the query, an encoding that is none.
 */
export function readRequest(incoming: Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>): S3Request {
  const target = incoming.url ?? '';
  if (!/^\/[!-~]*$/.test(target)) throw malformed('The request target must be a path.');
  const [path = '', search = '', ...more] = target.split('?');
  if (more.length > 0) throw malformed('The request target has more than one question mark.');
  const decoded = path.split('/').map(decode);
  const [, bucket = '', ...segments] = decoded;
  return {
    method: incoming.method ?? '',
    path: decoded.map(encode).join('/'),
    bucket,
    key: readKey(segments),
    query: readQuery(search),
    headers: readHeaders(incoming.rawHeaders),
  };
}

/** Percent-encodes as Signature Version 4 wants it: everything but letters, digits and `-._~`. */
export function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new S3Error(400, 'InvalidURI', 'The request target is not percent-encoded UTF-8.', { cause });
  }
}

function readKey(segments: string[]): string {
  // A request about a bucket may end in a slash.
  if (segments.length === 0 || (segments.length === 1 && segments[0] === '')) return '';
  const key = segments.join('/');
  if (Buffer.byteLength(key) > LONGEST_KEY_BYTES) {
    throw new S3Error(400, 'KeyTooLongError', `A key has at most ${LONGEST_KEY_BYTES} bytes.`);
  }
  // Keys are paths of files here.
  const isUsable = key.split('/').every((part) => !['', '.', '..'].includes(part));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (!isUsable || /[\x00-\x1f\x7f]/.test(key)) {
    throw new S3Error(
      400,
      'InvalidArgument',
      'The key has an empty or a relative segment, or a control character.',
    );
  }
  return key;
}

function readQuery(search: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  if (search === '') return query;
  // Some readers take a plus for a blank, and a semicolon for a separator.
  if (/[+;#]/.test(search)) throw malformed('The query has a character that must be percent-encoded.');
  for (const piece of search.split('&')) {
    const equals = piece.indexOf('=');
    const name = decode(equals < 0 ? piece : piece.slice(0, equals));
    const value = equals < 0 ? '' : decode(piece.slice(equals + 1));
    if (name === '' || query.has(name)) throw malformed('A parameter of the query is empty or comes twice.');
    query.set(name, value);
  }
  return query;
}

function readHeaders(raw: string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const value = (raw[index + 1] ?? '').trim();
    const before = headers.get(name);
    if (before !== undefined && SINGLE.test(name)) throw malformed(`The header ${name} comes twice.`);
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return headers;
}
