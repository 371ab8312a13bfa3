// Programs whose PostgreSQL or Redis is away. On SIGTERM they still end within their grace time, because a
// supervisor would kill them and a roll-out would wait for them. At their start they wait for the server.
// servers-away.long.test.ts has the other ways in which a server can be away.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort } from '../infra/embedded/free-port.ts';
import { startEmbeddedS3 } from '../infra/embedded/s3.ts';
import { awayPrograms, CREDENTIALS, DATABASE_ADDRESS, PROGRAMS } from './support/away-programs.ts';
import { eventually } from './support/eventually.ts';

const { dir, servers, begin, untilReady, readinessOf, untilWaiting, ...away } = awayPrograms();

describe('a program that gets SIGTERM', () => {
  it.each([
    ['postgres', 'database', 'frozen'],
    ['redis', 'redis', 'frozen'],
  ] as const)('with the queue on %s and the %s %s ends within the grace time', away.expectEndInTime);
});

describe('a program that starts', () => {
  it('waits for a database that is frozen, with the queue in it', () =>
    away.expectWait('postgres', 'frozen'));
  it('does not wait for a Redis that is crashed, and uses it later', () => away.expectUseLater('crashed'));

  it('does not wait for an object store that is away, and creates the bucket later', async () => {
    const port = await freePort();
    const env = { S3_ENDPOINT: `http://127.0.0.1:${port}`, S3_BUCKET: 'later' };
    const api = await begin('api/main.ts', 'postgres', env);
    await untilReady(api);
    expect((await readinessOf(api)).degraded).toEqual(['object_store']);
    const later = await startEmbeddedS3({ dir: join(dir, 'later'), port, credentials: CREDENTIALS });
    // Not the readiness probe creates the bucket, but the start, which keeps trying.
    await eventually('the bucket exists', async () => (await readinessOf(api)).degraded.length === 0);
    expect(api.program.output()).toMatch(/the bucket is there/);
    await later.stop();
  });

  it('ends at once on SIGTERM while it waits', async () => {
    await servers.database.away('crashed');
    const begun = await Promise.all(PROGRAMS.map((main) => begin(main, 'postgres')));
    await Promise.all(begun.map((it) => untilWaiting(it, DATABASE_ADDRESS)));
    const ends = begun.map(({ program }) => {
      program.signal('SIGTERM');
      return program.ended();
    });
    for (const { code, tookMs } of await Promise.all(ends)) {
      expect(code).toBe(0);
      expect(tookMs).toBeLessThan(1_000);
    }
  });

  it('names the server when START_PATIENCE_MS has passed', async () => {
    await servers.database.away('crashed');
    const { program } = await begin('scheduler/main.ts', 'postgres', { START_PATIENCE_MS: '300' });
    expect((await program.ended()).code).toBe(1);
    expect(program.output()).toMatch(/^PostgreSQL at \S+ cannot be reached: connect ECONNREFUSED \S+$/m);
  });

  it.each([
    ['a wrong password', 'postgres', 'DATABASE_URL', /:[^:@]+@/, ':guess@', /password authentication failed/],
    [
      'no such database',
      'postgres',
      'DATABASE_URL',
      /[^/]+$/,
      'nowhere',
      /database "nowhere" does not exist/,
    ],
    ['a wrong password', 'redis', 'DATABASE_URL', /:[^:@]+@/, ':guess@', /password authentication failed/],
    ['no such database', 'redis', 'DATABASE_URL', /[^/]+$/, 'nowhere', /nowhere.* does not exist/],
    // The database `postgres` always exists, without our tables.
    ['no migration', 'redis', 'DATABASE_URL', /[^/]+$/, 'postgres', /bot_pool_platforms.*does not exist/],
    ['a wrong password', 'redis', 'REDIS_URL', /:[^:@]+@/, ':guess@', /WRONGPASS/],
    ['no port of Redis', 'redis', 'REDIS_URL', /:\d+$/, ':99999', /REDIS_URL/],
  ] as const)('does not wait when the error is permanent: %s, with the queue on %s, %s', async (...given) => {
    const [, queue, name, part, instead, says] = given;
    const url = (name === 'REDIS_URL' ? servers.redis : servers.database).url;
    const { program } = await begin('scheduler/main.ts', queue, { [name]: url.replace(part, instead) });
    expect((await program.ended()).code).toBe(1);
    expect(program.output()).toMatch(says);
    expect(program.output()).not.toMatch(/waiting for a server|guess/);
  });
});
