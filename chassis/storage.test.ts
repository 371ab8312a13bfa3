import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { testSettings } from '../e2e/support/test-settings.ts';
import { openStorage } from './storage.ts';

let server: Server;
afterEach(() => {
  vi.unstubAllEnvs();
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

it('uses the default credentials of AWS when none are set, and says when their URLs end', async () => {
  const expiration = new Date(Date.now() + 20 * 60_000);
  server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    const credentials = { AccessKeyId: 'OF_THE_ROLE', SecretAccessKey: 'secret', Token: 'a-token' };
    response.end(JSON.stringify({ ...credentials, Expiration: expiration.toISOString() }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  // As a container of ECS or EKS finds them; nothing else of AWS's is set.
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) vi.stubEnv(name, '/nowhere');
  const { port } = server.address() as AddressInfo;
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `http://127.0.0.1:${port}/credentials`);
  const storage = openStorage(testSettings({ S3_ACCESS_KEY_ID: '', S3_SECRET_ACCESS_KEY: '' }));
  const part = await storage.presignPart('key', 'upload', 1);
  expect(new URL(part.url).searchParams.get('X-Amz-Credential')).toMatch(/^OF_THE_ROLE\//);
  expect(new URL(part.url).searchParams.get('X-Amz-Security-Token')).toBe('a-token');
  // A part's URL would work for hours; a download link ends before the credentials do.
  expect(part.expiresAt).toEqual(expiration);
  expect((await storage.presignGet('key', 'name')).expiresAt.getTime()).toBeLessThan(expiration.getTime());
  storage.close();
});
