// Ports of the embedded servers: chosen at the first start, written down, and used
// again. Bots outlive a start that was killed, and hold URLs with the object store's
// port in them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '@meeboter/chassis/log.ts';
import { z } from 'zod';
import { writeDurably } from '../durable-file.ts';
import { isPortFree } from '../embedded/free-port.ts';
import { portHolder } from '../embedded/port-holder.ts';

export type Server = 'postgres' | 'object_store';

const port = z.int().min(1).max(65_535);
const portsSchema = z.object({ postgres: port.optional(), object_store: port.optional() });

const fileOf = (home: string) => join(home, 'ports.json');

/**
 * The port of an embedded server. When another program has taken it meanwhile, another port is chosen and
 * the log says so. Nothing depends on the database's port; of the object store's, bots that still run ask
 * for new URLs when nobody answers them, and download links that were handed out before stop working.
 */
export async function portOf(home: string, server: Server, log: Pick<Log, 'warn'>): Promise<number> {
  const known = knownPorts(home, log);
  const before = known[server];
  if (before !== undefined && (await isPortFree(before))) return before;
  const chosen = await choosePort(Object.values(known));
  if (before !== undefined) {
    const holder = portHolder(before) ?? 'a program of another user';
    log.warn({ server, port: before, holder, new_port: chosen }, 'the port is taken by another program');
  }
  writeDurably(fileOf(home), `${JSON.stringify({ ...known, [server]: chosen }, null, 2)}\n`, 0o644);
  return chosen;
}

/** The port that is written down for a server; undefined when it was never started here. */
export function knownPorts(
  home: string,
  log: Pick<Log, 'warn'>,
): { [server in Server]?: number | undefined } {
  const file = fileOf(home);
  if (!existsSync(file)) return {};
  try {
    return portsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (err) {
    log.warn({ err, file }, 'the list of ports is damaged; the embedded servers get new ones');
    return {};
  }
}

const LOWEST = 20_000;
const TRIES = 100;

/**
 * A free port that the system does not give to outgoing connections: one of those could be taken, while
 * nothing listens on it, by the very bot that tries to connect.
 */
async function choosePort(taken: readonly (number | undefined)[]): Promise<number> {
  const end = Math.min(firstOutgoingPort(), 32_768);
  const start = Math.min(LOWEST, end - 2_000);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const candidate = start + Math.floor(Math.random() * (end - start));
    if (!taken.includes(candidate) && (await isPortFree(candidate))) return candidate;
  }
  throw new Error(`No free port was found from ${start} to ${end} for the embedded servers.`);
}

/** https://docs.kernel.org/networking/ip-sysctl.html, ip_local_port_range. */
function firstOutgoingPort(): number {
  try {
    const [first] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/);
    // Of a range that begins very low, the beginning is as good as any other part.
    return Math.max(Number(first), 4_000);
  } catch {
    return 32_768;
  }
}

/** Throws a readable Error when a server could not listen there; it names the setting, and the program that does. */
export async function requirePort(setting: string, host: string, number: number): Promise<void> {
  const isFree = await isPortFree(number, host).catch((cause: Error) => {
    throw new Error(`${setting}: no server can listen on ${host}, port ${number}: ${cause.message}`, {
      cause,
    });
  });
  if (isFree) return;
  const holder = portHolder(number);
  throw new Error(
    `Port ${number} is in use by another program${holder ? `: ${holder}` : ''}. End it, or set ${setting} to a free port.`,
  );
}
