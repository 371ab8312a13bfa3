// The browser's only way out: a SOCKS5 server of the bot's own, on the loopback address. Meeting pages are
// untrusted, and the network the bot runs in is not theirs to look at. Every request of every page, frame,
// worker and web socket passes here, whatever asked for it, redirects included; so does TCP of WebRTC. The
// browser leaves the resolving of names to this server, which connects to the very addresses it has
// checked: a name that resolves to another address the next time gains nothing.
import { lookup } from 'node:dns';
import { once } from 'node:events';
import { connect, createServer, isIP, type LookupFunction, type Socket } from 'node:net';
import type { Log } from '../log.ts';
import { isPublicAddress } from './addresses.ts';

const CONNECT_MS = 30_000;
const HANDSHAKE_MS = 10_000;
/** Each direction ends for itself, as its sender ends it. */
const SOCKET = { noDelay: true, allowHalfOpen: true };
/** Refusals told one by one; further ones only counted. */
const TOLD_REFUSALS = 10;

/** RFC 1928: the one command that is served, and the replies. */
const CONNECT = 1;
const GRANTED = 0;
const NOT_ALLOWED = 2;
const UNREACHABLE = 4;

export interface Outbound {
  /** As the browser wants it: `socks5://127.0.0.1:41234`. */
  url: string;
  close(): Promise<void>;
}

export interface OutboundOptions {
  /** Hosts and ports that may be wherever they are: the lab's meetings are on this machine. */
  allowedOrigins: readonly string[];
  log: Pick<Log, 'warn'>;
  /** Which addresses may be reached besides; others in tests. */
  isPublic?: (address: string) => boolean;
}

/** Starts the server. It connects to public addresses and the allowed origins, and to nothing else. */
export async function openOutbound(options: OutboundOptions): Promise<Outbound> {
  const { allowedOrigins, log, isPublic = isPublicAddress } = options;
  // All hosts of a domain (`https://*.domain`) are the public internet's, and need no exception.
  const allowed = new Set(allowedOrigins.filter((origin) => !origin.includes('*')).map(hostAndPort));
  const sockets = new Set<Socket>();
  let refusals = 0;
  const reach: Reach = (host, port) => {
    if (allowed.has(`${host}:${port}`)) return connect({ ...SOCKET, host, port });
    if (isIP(host) !== 0 && !isPublic(host)) throw new NotPublic(host);
    return connect({ ...SOCKET, host, port, lookup: lookupOnly(isPublic) });
  };
  const onRefused = (host: string, port: number) => {
    refusals += 1;
    if (refusals <= TOLD_REFUSALS) log.warn('address_refused', { host: host.slice(0, 200), port });
  };
  const server = createServer(SOCKET, (client) => {
    sockets.add(client);
    client.on('error', () => undefined).on('close', () => sockets.delete(client));
    serve(client, reach, onRefused).catch(() => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the outbound server has no port');
  return {
    url: `socks5://127.0.0.1:${address.port}`,
    async close() {
      if (refusals > TOLD_REFUSALS) log.warn('addresses_refused', { count: refusals });
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Begins to connect. Fails with NotPublic, now or later, but before a byte leaves. */
type Reach = (host: string, port: number) => Socket;

class NotPublic extends Error {}

/** One connection: the handshake of RFC 1928 without authentication, then bytes both ways. */
async function serve(
  client: Socket,
  reach: Reach,
  onRefused: (host: string, port: number) => void,
): Promise<void> {
  const hungUp = new AbortController();
  client.once('end', () => hungUp.abort());
  const patience = AbortSignal.any([hungUp.signal, AbortSignal.timeout(HANDSHAKE_MS)]);
  const [version, methods = 0] = await take(client, 2, patience);
  if (version !== 5) throw new Error('not SOCKS5');
  await take(client, methods, patience);
  client.write(Buffer.from([5, 0]));
  const [, command, , kind] = await take(client, 4, patience);
  const host = await takeHost(client, kind, patience);
  const port = (await take(client, 2, patience)).readUInt16BE();
  const reply = (code: number) => client.write(Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]));
  try {
    if (command !== CONNECT) throw new Error('only CONNECT is served');
    const target = reach(host, port);
    target.on('error', () => undefined);
    client.on('close', () => target.destroy(new Error('the browser hung up')));
    target.setTimeout(CONNECT_MS, () => target.destroy(new Error('no answer')));
    await once(target, 'connect');
    target.setTimeout(0);
    // What has arrived is handed on before the connection goes.
    target.on('close', () => client.destroySoon());
    reply(GRANTED);
    client.pipe(target).pipe(client);
  } catch (error) {
    if (error instanceof NotPublic) onRefused(host, port);
    reply(error instanceof NotPublic ? NOT_ALLOWED : UNREACHABLE);
    client.destroySoon();
  }
}

/** Resolves a name to those of its addresses that may be reached. */
function lookupOnly(isPublic: (address: string) => boolean): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, addresses = []) => {
      const open = addresses.filter(({ address }) => isPublic(address));
      if (error || open.length === 0) callback(error ?? new NotPublic(host), []);
      else if (options.all) callback(null, open);
      else callback(null, open[0]?.address ?? '', open[0]?.family);
    });
  };
}

async function takeHost(client: Socket, kind: number | undefined, signal: AbortSignal): Promise<string> {
  if (kind === 3) {
    const [length = 0] = await take(client, 1, signal);
    return bare((await take(client, length, signal)).toString('latin1'));
  }
  if (kind === 1) return [...(await take(client, 4, signal))].join('.');
  if (kind !== 4) throw new Error('no such kind of address');
  const groups = (await take(client, 16, signal)).toString('hex').match(/.{4}/g) ?? [];
  return bare(new URL(`http://[${groups.join(':')}]`).hostname);
}

/** Exactly so many bytes. What has come beyond them stays to be read. */
async function take(client: Socket, bytes: number, signal: AbortSignal): Promise<Buffer> {
  let taken = Buffer.alloc(0);
  for (;;) {
    const chunk: Buffer | null = client.read();
    if (chunk) taken = Buffer.concat([taken, chunk]);
    if (taken.length >= bytes) break;
    await once(client, 'readable', { signal });
  }
  if (taken.length > bytes) client.unshift(taken.subarray(bytes));
  return taken.subarray(0, bytes);
}

function hostAndPort(origin: string): string {
  const { hostname, port, protocol } = new URL(origin);
  return `${bare(hostname)}:${port || (protocol === 'http:' ? 80 : 443)}`;
}

/** A host name without the brackets of IPv6. */
function bare(host: string): string {
  return host.toLowerCase().replace(/^\[|\]$/g, '');
}
