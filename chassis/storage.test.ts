import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { testSettings } from '../e2e/support/test-settings.ts';
import { openStorage } from './storage.ts';

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

it.each([
  ['never answers', () => undefined],
  [
    'begins to answer, and falls silent',
    (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/xml' });
      response.write('<ListPartsResult>');
    },
  ],
])('gives up a store that takes a request and %s', async (_how, answer) => {
  let asked = 0;
  server = createServer((_request, response) => {
    asked += 1;
    answer(response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const storage = openStorage(
    testSettings({ S3_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
    { requestMs: 50 },
  );
  await expect(storage.listParts('key', 'upload')).rejects.toThrow();
  expect(asked).toBeGreaterThan(0);
  storage.close();
});
