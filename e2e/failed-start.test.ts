// A program that does not start leaves nothing open: in one process with others
// (npm start), what it left would stay.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startApi } from '@meeboter/api/api.ts';
import { startScheduler } from '@meeboter/scheduler/scheduler.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from './support/database.ts';
import { testSettings } from './support/test-settings.ts';

let database: TestDatabase;
let taken: Server;
beforeEach(async () => {
  database = await testDatabase();
  taken = createServer();
  await new Promise<void>((done) => taken.listen(0, '0.0.0.0', done));
});
afterEach(async () => {
  taken.close();
  // Fails while anybody is connected.
  await database.drop();
});

it.each([
  ['API', startApi, 'API_PORT', /is in use by another program/],
  ['scheduler', startScheduler, 'HEALTH_PORT', /EADDRINUSE/],
] as const)('leaves nothing open of the %s', async (_name, start, variable, says) => {
  const settings = testSettings({
    ...{ DATABASE_URL: database.url, LOG_LEVEL: 'silent', S3_ENDPOINT: 'http://127.0.0.1:9' },
    [variable]: String((taken.address() as AddressInfo).port),
  });
  await expect(start(settings)).rejects.toThrow(says);
});
