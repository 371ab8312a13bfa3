// An object store that a test can shut down and bring back, with all that it holds, on another port.
import { createHash } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a port fails its callers: a reset connection, an answer that breaks off, none at all, or an error. */
export type Failure = 'reset' | 'half' | 'silent' | 'unavailable';

export class Store {
  readonly #parts = new Map<number, Buffer>();
  #server: Server | null = null;

  /** Begins to take parts, on a free port or on the given one. Returns the origin. */
  open(port = 0): Promise<string> {
    return this.#listen(port, (part, body, response) => {
      this.#parts.set(part, body);
      response.setHeader('etag', `"${createHash('md5').update(body).digest('hex')}"`).end();
    });
  }

  /** Goes on listening on the given port, but fails whoever calls. */
  fail(port: number, failure: Failure): Promise<string> {
    return this.#listen(port, (_part, _body, response) => {
      if (failure === 'unavailable') response.writeHead(503).end();
      else if (failure === 'half')
        response.writeHead(200, { 'content-length': 10 }).write('half', () => response.destroy());
      else if (failure === 'reset') response.socket?.resetAndDestroy();
    });
  }

  /** Closes the port, and every connection to it. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    await new Promise<void>((resolve) => {
      if (!server) return resolve();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  get size(): number {
    return this.#parts.size;
  }

  /** What S3 would make of the parts. */
  content(): Buffer {
    return Buffer.concat([...this.#parts].sort(([a], [b]) => a - b).map(([, body]) => body));
  }

  async #listen(
    port: number,
    answer: (part: number, body: Buffer, response: ServerResponse) => void,
  ): Promise<string> {
    await this.close();
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      answer(Number(request.url?.split('/').at(-1)?.split('?')[0]), Buffer.concat(chunks), response);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
}
