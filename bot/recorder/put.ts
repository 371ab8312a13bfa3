// One PUT to a presigned URL. The URL is a secret: it appears in no error.
const TIMEOUT_BASE_MS = 20_000;
/** Slower than this is taken for hanging: 64 KB/s. */
const SLOWEST_BYTES_PER_MS = 64;

export class PutError extends Error {
  /** Null when no answer came. */
  readonly status: number | null;

  constructor(message: string, status: number | null, cause?: unknown) {
    super(message, { cause });
    this.name = 'PutError';
    this.status = status;
  }
}

/** Uploads the body; returns the ETag as the store gave it. */
export async function put(
  url: string,
  body: Buffer,
  options: { signal: AbortSignal; headers?: Record<string, string>; timeoutMs?: number },
): Promise<string> {
  const timeoutMs = Math.ceil(options.timeoutMs ?? TIMEOUT_BASE_MS + body.length / SLOWEST_BYTES_PER_MS);
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'PUT',
      body: new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.length),
      ...(options.headers ? { headers: options.headers } : {}),
      redirect: 'error',
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)]),
    });
    await response.arrayBuffer();
  } catch (cause) {
    throw new PutError('upload: no answer', null, cause);
  }
  if (!response.ok) throw new PutError(`upload: HTTP ${response.status}`, response.status);
  return response.headers.get('etag') ?? '';
}
