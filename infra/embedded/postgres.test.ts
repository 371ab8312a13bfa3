import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from './free-port.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './postgres.ts';

const dirs: string[] = [];
const servers: EmbeddedPostgres[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function newFolder(mode: number): string {
  const dir = mkdtempSync(join(tmpdir(), 'meeboter-postgres-'));
  chmodSync(dir, mode);
  dirs.push(dir);
  return join(dir, 'data');
}

let template: string;
beforeAll(async () => {
  template = join(mkdtempSync(join(tmpdir(), 'meeboter-postgres-template-')), 'data');
  await (await startEmbeddedPostgres({ dir: template, port: await freePort() })).stop();
});
afterAll(() => rmSync(dirname(template), { recursive: true, force: true }));

/** A data folder that was used before: a copy, which takes less time than to make one. */
function usedFolder(): string {
  const dir = newFolder(0o700);
  // The owner goes with it: the server refuses a folder of somebody else.
  for (const suffix of ['', '.password']) execFileSync('cp', ['-a', template + suffix, dir + suffix]);
  return dir;
}

async function start(dir: string): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dir, port: await freePort() });
  servers.push(server);
  return server;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Commands of processes that were started with this folder. */
function processesOf(dir: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return command.includes(dir) ? [command.join(' ')] : [];
      } catch {
        return [];
      }
    });
}

describe('the embedded PostgreSQL', () => {
  // A clone may lie in root's own folder, or in one that everybody may enter.
  it.each([0o700, 0o755])('keeps its data over a stop, in a folder of mode %o', async (mode) => {
    const dir = newFolder(mode);
    const first = await start(dir);
    await query(await first.database('kept'), 'CREATE TABLE t AS SELECT 42 AS answer');
    await first.stop();
    const second = await start(dir);
    expect(await query(await second.database('kept'), 'SELECT answer FROM t')).toEqual([{ answer: 42 }]);
  });

  it('takes over from a server that a killed run left behind', async () => {
    const dir = usedFolder();
    const left = await start(dir);
    await query(await left.database('kept'), 'CREATE TABLE t AS SELECT 42 AS answer');
    const pid = Number(readFileSync(join(dir, 'postmaster.pid'), 'utf8').split('\n')[0]);
    const next = await start(dir);
    expect(await query(await next.database('kept'), 'SELECT answer FROM t')).toEqual([{ answer: 42 }]);
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });

  it('leaves nothing running when it is not ready in time', async () => {
    const dir = usedFolder();
    const options = { dir, port: await freePort(), readyWithinMs: 1 };
    await expect(startEmbeddedPostgres(options)).rejects.toThrow(/was not ready within 1 ms/);
    expect(processesOf(dir)).toEqual([]);
    await start(dir);
    expect(processesOf(dir)).not.toEqual([]);
  });

  it('asks for the password', async () => {
    const server = await start(usedFolder());
    const url = new URL(await server.database('kept'));
    url.password = 'guess';
    await expect(query(url.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  });

  it('goes on after its main process alone was killed', async () => {
    const dir = usedFolder();
    const left = await start(dir);
    await query(await left.database('kept'), 'CREATE TABLE t AS SELECT 42 AS answer');
    process.kill(Number(readFileSync(join(dir, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL');
    const next = await start(dir);
    expect(await query(await next.database('kept'), 'SELECT answer FROM t')).toEqual([{ answer: 42 }]);
  });

  it('takes nothing for a database that an interrupted first start left', async () => {
    const dir = newFolder(0o700);
    mkdirSync(`${dir}.unfinished`);
    writeFileSync(join(`${dir}.unfinished`, 'PG_VERSION'), '18');
    await (await start(dir)).database('there');
    expect(existsSync(`${dir}.unfinished`)).toBe(false);
  });

  it('says what to do when its password is lost or wrong, or its folder is not one, and changes nothing', async () => {
    const dir = usedFolder();
    const password = readFileSync(`${dir}.password`, 'utf8');
    for (const lost of ['', null]) {
      if (lost === null) rmSync(`${dir}.password`);
      else writeFileSync(`${dir}.password`, lost);
      await expect(start(dir)).rejects.toThrow(
        /data\.password is missing or empty\. .*docs\/troubleshooting\.md/,
      );
      expect(existsSync(`${dir}.password`)).toBe(lost !== null);
    }
    writeFileSync(`${dir}.password`, 'another');
    const wrong = await start(dir);
    await expect(wrong.database('x')).rejects.toThrow(
      /The password in .*data\.password is not that of the database in .*data\./,
    );
    await wrong.stop();
    writeFileSync(`${dir}.password`, password);
    rmSync(join(dir, 'PG_VERSION'));
    await expect(start(dir)).rejects.toThrow(/is not the data folder of a PostgreSQL/);
    expect(readdirSync(dir)).toContain('base');
  });
});
