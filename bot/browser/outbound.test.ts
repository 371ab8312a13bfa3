import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { testLog } from '../testing/doubles.ts';
import { until } from '../testing/run-bot.ts';
import { type Outbound, type OutboundOptions, openOutbound } from './outbound.ts';

const GRANTED = 0;
const NOT_ALLOWED = 2;
const UNREACHABLE = 4;

let inside: Server;
let port: number;
let connections = 0;
let outbound: Outbound | null = null;
const log = testLog();
const sockets: Socket[] = [];

beforeAll(async () => {
  // Says back what it hears, and a megabyte in the end.
  inside = createServer({ allowHalfOpen: true }, (socket) => {
    connections += 1;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => socket.write(chunk)).on('end', () => socket.end(Buffer.alloc(1_000_000, 1)));
  }).listen(0, '0.0.0.0');
  await once(inside, 'listening');
  port = (inside.address() as { port: number }).port;
});
beforeEach(() => {
  connections = 0;
  log.events.length = 0;
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await outbound?.close();
  outbound = null;
});
afterAll(() => void inside.close());

const opened = async (options: Partial<OutboundOptions> = {}) => {
  outbound = await openOutbound({ allowedOrigins: [], log, ...options });
  return Number(new URL(outbound.url).port);
};

/** Asks for a connection as a browser does: by name, or with the bytes of an address. */
async function ask(
  proxy: number,
  host: string | number[],
  to = port,
): Promise<{ code: number; socket: Socket }> {
  const socket = connect(proxy, '127.0.0.1');
  sockets.push(socket);
  const address =
    typeof host === 'string'
      ? Buffer.concat([Buffer.from([3, host.length]), Buffer.from(host)])
      : Buffer.from([host.length === 4 ? 1 : 4, ...host]);
  socket.write(Buffer.concat([Buffer.from([5, 1, 0, 5, 1, 0]), address, Buffer.from([to >> 8, to & 255])]));
  let heard = Buffer.alloc(0);
  while (heard.length < 12) heard = Buffer.concat([heard, (await once(socket, 'data'))[0] as Buffer]);
  return { code: heard[3] ?? -1, socket };
}

it.each([
  ['an address', '127.0.0.1'],
  ['its bytes', [127, 0, 0, 1]],
  ['the bytes of IPv6', [...Array(15).fill(0), 1]],
  ['IPv6 in brackets', '[::1]'],
  ['IPv4 within IPv6', '::ffff:127.0.0.1'],
  ['a name', 'localhost'],
  ['a name in capitals', 'LOCALHOST'],
  ['one number', '2130706433'],
  ['hexadecimal', '0x7f.1'],
  ['no address', '0.0.0.0'],
])('refuses what is inside the network, told by %s', async (_, host) => {
  const { code } = await ask(await opened(), host);
  expect(code).toBe(NOT_ALLOWED);
  expect(connections).toBe(0);
  expect(log.events).toEqual(['address_refused']);
});

it('connects to a meeting’s own origin wherever it is, and to no other port of it', async () => {
  const proxy = await opened({
    allowedOrigins: [`http://localhost:${port}`, 'https://[::1]', 'http://127.0.0.1'],
  });
  expect((await ask(proxy, 'localhost')).code).toBe(GRANTED);
  expect((await ask(proxy, '127.0.0.1')).code).toBe(NOT_ALLOWED);
  // Allowed, and nobody there: the default ports belong to the origins.
  expect((await ask(proxy, '::1', 443)).code).toBe(UNREACHABLE);
  expect((await ask(proxy, '127.0.0.1', 80)).code).toBe(UNREACHABLE);
  expect(connections).toBe(1);
});

it('connects to public addresses, and of a name’s addresses only to those', async () => {
  const proxy = await opened({ isPublic: (address) => address === '127.0.0.1' });
  expect((await ask(proxy, '127.0.0.1')).code).toBe(GRANTED);
  expect((await ask(proxy, 'localhost')).code).toBe(GRANTED);
  expect((await ask(proxy, '127.0.0.2')).code).toBe(NOT_ALLOWED);
  const outside = await opened({ isPublic: (address) => address === '192.0.2.77' });
  expect((await ask(outside, 'localhost')).code).toBe(NOT_ALLOWED);
});

it('hands on every byte both ways, also the last ones of a connection that ends', async () => {
  const { socket } = await ask(await opened({ isPublic: () => true }), '127.0.0.1');
  let bytes = 0;
  socket.on('data', (chunk) => {
    bytes += chunk.length;
  });
  socket.end(Buffer.alloc(500_000, 2));
  await until('all of it', () => bytes === 1_500_000, 5_000);
});

it('tells a flood of refusals in a few lines', async () => {
  const proxy = await opened();
  for (let n = 0; n < 30; n += 1) await ask(proxy, '10.0.0.1');
  await outbound?.close();
  outbound = null;
  expect(log.events).toEqual([...Array(10).fill('address_refused'), 'addresses_refused']);
});

it.each([
  ['HTTP', 'GET / HTTP/1.1\r\n\r\n'],
  ['nothing', ''],
  ['half a request', '\x05\x01\x00\x05\x01'],
])('hangs up on a client that speaks %s', async (_, said) => {
  const socket = connect(await opened(), '127.0.0.1');
  socket.on('error', () => undefined).resume();
  socket.end(Buffer.from(said, 'latin1'));
  await once(socket, 'close');
  expect(connections).toBe(0);
});
