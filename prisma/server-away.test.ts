import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isServerAway } from '@meeboter/domain/server-away.ts';
import { expect, it } from 'vitest';
import { freePort } from '../infra/embedded/free-port.ts';
import { startEmbeddedPostgres } from '../infra/embedded/postgres.ts';
import { openDatabase } from './client.ts';

const caught = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

it('knows a database that crashes under a statement, and one that is not there', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'server-away-'));
  const server = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), port: await freePort() });
  const db = openDatabase({ url: await server.database('away') });
  const wrong = [
    caught(db.$queryRaw`SELECT no_such_column`),
    caught(db.user.create({ data: { id: 'u', name: 'n', email: 'e' } })),
  ];
  for (const error of await Promise.all(wrong)) expect(isServerAway(error), String(error)).toBe(false);

  let inside: () => void = () => undefined;
  const begun = new Promise<void>((done) => {
    inside = done;
  });
  let goOn: () => void = () => undefined;
  const crashed = new Promise<void>((done) => {
    goOn = done;
  });
  const waiting = caught(db.$queryRaw`SELECT pg_sleep(60)`);
  const between = caught(
    db.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1`;
      inside();
      await crashed;
      await tx.$queryRaw`SELECT 2`;
    }),
  );
  await begun;
  await server.crash();
  goOn();
  for (const error of await Promise.all([waiting, between, caught(db.$queryRaw`SELECT 1`)]))
    expect(isServerAway(error), String(error)).toBe(true);
  await db.$disconnect();
  rmSync(dir, { recursive: true, force: true });
});
