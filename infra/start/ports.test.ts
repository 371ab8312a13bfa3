import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { portOf, requirePort } from './ports.ts';

let home: string;
let told: unknown[];
const log = { warn: (fields: unknown) => void told.push(fields) };
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'meeboter-ports-'));
  told = [];
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const written = () => JSON.parse(readFileSync(join(home, 'ports.json'), 'utf8')) as Record<string, number>;
/** Below what the system gives to outgoing connections. */
const outgoing = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]);

async function occupy(port: number) {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('the ports of the embedded servers', () => {
  it('are chosen once, written down, and used again', async () => {
    const postgres = await portOf(home, 'postgres', log);
    const store = await portOf(home, 'object_store', log);
    expect(written()).toEqual({ postgres, object_store: store });
    expect(postgres).not.toBe(store);
    expect(Math.max(postgres, store)).toBeLessThan(Math.max(outgoing, 4_000));
    expect([await portOf(home, 'postgres', log), await portOf(home, 'object_store', log)]).toEqual([
      postgres,
      store,
    ]);
    expect(told).toEqual([]);
  });

  it('are others when a program has taken them, which the log names', async () => {
    const before = await portOf(home, 'postgres', log);
    await using _taken = await occupy(before);
    const after = await portOf(home, 'postgres', log);
    expect(after).not.toBe(before);
    expect(written().postgres).toBe(after);
    expect(told).toEqual([
      {
        server: 'postgres',
        port: before,
        new_port: after,
        holder: expect.stringContaining(`(process ${process.pid})`),
      },
    ]);
    expect(await portOf(home, 'postgres', log)).toBe(after);
  });

  it.each(['', '{"postgres": 20', '{"postgres": "x"}', '{"postgres": 0}'])(
    'are chosen anew when the list is %j',
    async (text) => {
      writeFileSync(join(home, 'ports.json'), text);
      const port = await portOf(home, 'postgres', log);
      expect(written()).toEqual({ postgres: port });
      expect(told).toHaveLength(1);
    },
  );
});

describe('a port that a setting names', () => {
  it('must be free; the message names the setting and the program', async () => {
    await using taken = await occupy(0);
    const { port } = taken.address() as AddressInfo;
    await expect(requirePort('LAB_PORT', '127.0.0.1', port)).rejects.toThrow(
      new RegExp(
        `Port ${port} is in use by another program: .* \\(process ${process.pid}\\)\\. End it, or set LAB_PORT to`,
      ),
    );
    await expect(requirePort('API_PORT', '192.0.2.1', port)).rejects.toThrow(
      /^API_PORT: no server can listen on 192\.0\.2\.1/,
    );
  });
});
