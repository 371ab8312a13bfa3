import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { isServerAway } from '@meeboter/domain/server-away.ts';
import { expect, it } from 'vitest';
import { openDatabase } from './client.ts';

/** A message in PostgreSQL's format: https://www.postgresql.org/docs/current/protocol-message-formats.html */
function message(type: string, body: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + Buffer.byteLength(body));
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body)]);
}

it('a session that is killed the moment it becomes ready does not end the process', async () => {
  // All in one packet: the error arrives before the adapter can add a listener for it.
  const readyThenKilled = Buffer.concat([
    message('R', '\0\0\0\0'),
    message('Z', 'I'),
    message('E', 'SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'),
  ]);
  const server = createServer((socket) => socket.once('data', () => socket.end(readyThenKilled)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const db = openDatabase({ url: `postgresql://somebody@127.0.0.1:${port}/any` });
  const error = await db.$transaction((tx) => tx.$queryRaw`SELECT 1`).catch((cause: unknown) => cause);
  expect(isServerAway(error), String(error)).toBe(true);
  await db.$disconnect();
  server.close();
});
