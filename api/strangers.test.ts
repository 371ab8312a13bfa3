// What strangers can take of the API's memory, with real sockets and the real
// program: slow readers, bodies without a token, answers that nobody fetches.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { createLog } from '@meeboter/chassis/log.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '../e2e/support/database.ts';
import { eventually } from '../e2e/support/eventually.ts';
import { type Program, runProgram } from '../e2e/support/program.ts';
import { freePort } from '../infra/embedded/free-port.ts';
import { startEmbeddedS3 } from '../infra/embedded/s3.ts';
import { closeServer, listen } from './http-server.ts';

const STRANGERS = 200;
const MIB = 1024 * 1024;

const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});

/** A connection that reads nothing unless told to. */
async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.pause();
  sockets.add(socket);
  await new Promise((done) => socket.once('connect', done));
  return socket;
}

const head = (method: string, path: string, headers: string[] = []) =>
  `${[`${method} ${path} HTTP/1.1`, 'host: 127.0.0.1', ...headers].join('\r\n')}\r\n\r\n`;

describe('the program', () => {
  let api: Program;
  let port: number;
  let close: () => Promise<void>;
  beforeAll(async () => {
    const database = await testDatabase();
    const dir = mkdtempSync(join(tmpdir(), 'meeboter-strangers-'));
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test-secret' };
    const s3 = await startEmbeddedS3({ dir, port: 0, credentials });
    port = await freePort();
    api = runProgram('api/main.ts', {
      DATABASE_URL: database.url,
      S3_ENDPOINT: s3.endpoint,
      S3_ACCESS_KEY_ID: credentials.accessKeyId,
      S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      MEEBOTER_SECRET: 'a secret of the tests, long enough to pass',
      API_PORT: String(port),
      LOG_LEVEL: 'warn',
      NODE_OPTIONS: '--max-semi-space-size=4',
    });
    close = async () => {
      await api.kill();
      await s3.stop();
      await database.drop();
      rmSync(dir, { recursive: true, force: true });
    };
    await eventually('the API answers', async () => (await fetch(`http://127.0.0.1:${port}/livez`)).ok, {
      seen: () => api.output(),
    });
  });
  afterAll(() => close());

  const url = (path: string) => `http://127.0.0.1:${port}${path}`;
  const memory = () =>
    1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${api.pid}/status`, 'utf8'))?.[1]);
  /** How much the program has grown at most, once everything that was sent to it is worked off. */
  async function growth(work: () => Promise<void>): Promise<number> {
    const before = memory();
    await work();
    let most = 0;
    for (let n = 0; n < 20; n += 1) {
      expect((await fetch(url('/livez'))).status).toBe(200);
      most = Math.max(most, memory() - before);
    }
    return most / MIB;
  }

  it.each(['/docs/reference.js', '/docs/reference.css', '/openapi.json', '/docs', '/sign-in/page.js'])(
    `${STRANGERS} slow readers of %s share what they read`,
    async (path) => {
      for (const encoding of ['identity', 'gzip', 'br']) {
        expect((await fetch(url(path), { headers: { 'accept-encoding': encoding } })).status).toBe(200);
      }
      const grownMiB = await growth(async () => {
        const readers = await Promise.all(Array.from({ length: STRANGERS }, () => open(port)));
        for (const reader of readers) reader.write(head('GET', path).repeat(5));
      });
      // 695 MiB before. Most of what is left is that of so many connections.
      expect(grownMiB).toBeLessThan(100);
    },
  );

  it('a body is not kept for who has no token', async () => {
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, ' '), Buffer.from('\r\n')]);
    const refused: string[] = [];
    const grownMiB = await growth(async () => {
      for (let n = 0; n < STRANGERS; n += 1) {
        const socket = await open(port);
        socket.on('data', (data) => refused.push(data.toString().slice(0, 12)));
        socket.resume();
        const headers = ['authorization: Bearer mbs.dep_1.cnVu.x', 'transfer-encoding: chunked'];
        socket.write(head('POST', '/runtime/v1/report', headers));
        // Two MiB less a little, and then nothing: the end of it never comes.
        for (let piece = 0; piece < 31; piece += 1) socket.write(chunk);
      }
      await eventually('everybody is refused', () => refused.length >= STRANGERS, {
        seen: () => refused.length,
        deadlineMs: 90_000,
      });
    });
    expect(new Set(refused)).toEqual(new Set(['HTTP/1.1 401']));
    // Kept, they would be 400 MiB; what is read and thrown away waits for the garbage collector.
    expect(grownMiB).toBeLessThan(250);
  }, 120_000);

  it.each([
    ['with a Host that is none', 'GET /livez HTTP/1.1\r\nhost: a b\r\n\r\n'],
    ['with a backslash in its path', 'GET /a\\b HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'],
  ])('a request %s gets the one shape of an error', async (_what, text) => {
    const socket = await open(port);
    let answer = '';
    socket.on('data', (data) => {
      answer += data;
    });
    socket.resume();
    socket.write(text);
    await eventually('an answer', () => answer.includes('request_id'), { seen: () => answer });
    expect(answer).toMatch(
      /^HTTP\/1.1 400 [\s\S]*application\/problem\+json[\s\S]*"code":"malformed_request"/,
    );
  });

  it('a compressed body is refused, however small', async () => {
    const answer = await fetch(url('/api/auth/sign-in/email'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(50 * MIB, ' ')),
    });
    expect([answer.status, await answer.json()]).toEqual([
      415,
      expect.objectContaining({ code: 'encoded_body' }),
    ]);
  });
});

describe('an answer', () => {
  const large = () => new Response('x'.repeat(20 * MIB));
  const serve = async (fetchHandler: () => Response, fetchAnswerMs: number) => {
    const port = await freePort();
    const log = createLog({ level: 'silent' });
    const server = await listen(fetchHandler, { hostname: '127.0.0.1', port, log, fetchAnswerMs });
    const connections = () => promisify(server.getConnections.bind(server))();
    return { port, connections, close: () => closeServer(server, 0) };
  };

  it('that is not fetched in time ends the connection, and one that is does not', async () => {
    const { port, connections, close } = await serve(large, 3_000);
    const slow = await open(port);
    slow.write(head('GET', '/'));
    const quick = await open(port);
    let got = 0;
    quick.on('data', (data) => {
      got += data.length;
    });
    quick.resume();
    quick.write(head('GET', '/', ['connection: close']));
    await eventually('the whole answer', () => got > 20 * MIB, { seen: () => got });
    await eventually('both connections are closed', async () => (await connections()) === 0);
    // Whoever comes back late finds only what the system had taken meanwhile.
    let late = 0;
    slow.on('data', (data) => {
      late += data.length;
    });
    slow.resume();
    await new Promise((done) => slow.once('close', done));
    expect(late).toBeLessThan(20 * MIB);
    await close();
  });

  it('that has no end yet goes on', async () => {
    let push: (text: string) => void = () => undefined;
    const { port, close } = await serve(() => {
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          push = (text) => controller.enqueue(new TextEncoder().encode(text));
        },
      });
      return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
    }, 200);
    const reader = await open(port);
    let said = '';
    reader.on('data', (data) => {
      said += data;
    });
    reader.resume();
    reader.write(head('GET', '/'));
    const from = performance.now();
    await eventually('longer than an answer may take to fetch', () => {
      push(': ping\n\n');
      return performance.now() > from + 600;
    });
    push('data: still here\n\n');
    await eventually('the event', () => said.includes('still here'), { seen: () => said.slice(-100) });
    reader.destroy();
    await close();
  });
});
