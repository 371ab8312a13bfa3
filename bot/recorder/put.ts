// One PUT to a presigned URL. The URL is a secret, so no error names it.
const TIMEOUT_BASE_MS = 20_000;
/** An upload that is slower than 64 KB/s is given up as hanging. */
const SLOWEST_BYTES_PER_MS = 64;

export class PutError extends Error {
  /** Null when no answer came, or only half of one. */
  readonly status: number | null;

  constructor(message: string, status: number | null, cause?: unknown) {
    super(message, { cause });
    this.name = 'PutError';
    this.status = status;
  }

  /** The store answered that it does not take this: another try with the same URL is of no use. */
  get refused(): boolean {
    return this.status !== null && this.status < 500;
  }
}

/** Uploads the body. Returns the ETag as the store gave it, empty when it gave none. Throws PutError. */
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
