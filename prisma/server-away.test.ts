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

it('isServerAway is true when the database crashes during a statement or a transaction, and when it is not running', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'server-away-'));
  const server = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), port: await freePort() });
  const db = openDatabase({ url: await server.database('away') });
  const wrong = [
    caught(db.$queryRaw`SELECT no_such_column`),
    caught(db.user.create({ data: { id: 'u', name: 'n', email: 'e' } })),
  ];
  for (const error of await Promise.all(wrong)) expect(isServerAway(error), String(error)).toBe(false);

  const begun = Promise.withResolvers<void>();
  const crashed = Promise.withResolvers<void>();
  const waiting = caught(db.$queryRaw`SELECT pg_sleep(60)`);
  const between = caught(
    db.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1`;
      begun.resolve();
      await crashed.promise;
      await tx.$queryRaw`SELECT 2`;
    }),
  );
  await begun.promise;
  await server.crash();
  crashed.resolve();
  for (const error of await Promise.all([waiting, between, caught(db.$queryRaw`SELECT 1`)]))
    expect(isServerAway(error), String(error)).toBe(true);
  await db.$disconnect();
  rmSync(dir, { recursive: true, force: true });
});
