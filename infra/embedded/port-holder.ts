import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The state LISTEN of proc(5), /proc/net/tcp. */
const LISTENS = '0A';

/**
 * Which program listens on a TCP port of this machine, as `name (process 123)`. Undefined when there is
 * none, and when it belongs to a user whose processes this one may not look at. Linux only.
 */
export function portHolder(port: number): string | undefined {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeners(table, port)));
  if (inodes.size === 0) return undefined;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const links = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
      const holds = links.some((link) => inodes.has(link.match(/^socket:\[(\d+)\]$/)?.[1] ?? ''));
      if (holds) return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (process ${pid})`;
    } catch {
      // Ended in the meantime, or another user's.
    }
  }
  return undefined;
}

/** Inodes of the sockets that listen on a port, whatever their address. */
function listeners(table: string, port: number): string[] {
  let text: string;
  try {
    text = readFileSync(table, 'utf8');
  } catch {
    return [];
  }
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(`:${hex}`) && state === LISTENS)
    .map((fields) => fields[9] ?? '');
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
