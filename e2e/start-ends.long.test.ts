// The ends of `npm start` that nobody wishes for, and the starts after them.
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Started, type StartHome, startHome } from './support/start.ts';

const NO_DEMO = { MEEBOTER_DEMO: 'false' };
const UP = /Ctrl-C stops it/;
let home: StartHome;
beforeAll(async () => {
  home = await startHome();
});
afterEach(() => home.killAll());
afterAll(() => home.remove());

const file = (name: string) => join(home.dir, name);
const read = (name: string) => readFileSync(file(name), 'utf8');

async function up(env: Record<string, string> = {}): Promise<Started> {
  const started = home.run({ ...NO_DEMO, ...env });
  await started.says(UP);
  return started;
}

async function stop(started: Started): Promise<void> {
  started.process.kill('SIGINT');
  expect(await started.ended).toBe(0);
  await home.untilNothingRuns(5_000);
}

/** Where everything is, as the start says it and as the system has it. */
function places(started: Started) {
  const [, api] = started.text().match(/API {2,}(\S+)/) ?? [];
  const [, lab] = started.text().match(/Lab meeting +(http:\/\/[^/]+)/) ?? [];
  const [, key] = started.text().match(/API key +(\S+)/) ?? [];
  const postgres = read('postgres/postmaster.pid').split('\n')[3];
  return { api, lab, key, postgres, ports: read('ports.json') };
}

describe('after everything was killed', () => {
  it('the next start has the same ports, account and key', async () => {
    const first = await up();
    const before = places(first);
    const { postgres, object_store } = JSON.parse(before.ports) as Record<string, number>;
    expect(before.postgres).toBe(String(postgres));
    expect((await fetch(`http://127.0.0.1:${object_store}/meeboter`)).status).toBe(403);

    // Node alone: its PostgreSQL stays behind.
    first.process.kill('SIGKILL');
    await first.ended;
    expect(home.processes().join()).toMatch(/postgres/);
    const second = await up();
    expect(places(second)).toEqual(before);

    home.killAll();
    await second.ended;
    await home.untilNothingRuns();
    const third = await up();
    expect(places(third)).toEqual(before);

    const made = home.run({ API_PORT: '', LAB_PORT: '' }, [
      ...[process.execPath, 'scripts/create-account.ts', '--email', 'x@example.org', '--admin'],
    ]);
    expect(await made.ended).toBe(0);
    const [, key = ''] = made.text().match(/API key +(mbk_\w+)/) ?? [];
    const answer = await fetch(`${before.api}/v1/admin/invariants`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(answer.status).toBe(200);
    await stop(third);
  }, 120_000);

  it('the object store gets another port when its own is taken meanwhile, and the log names who has it', async () => {
    const before = JSON.parse(read('ports.json')) as Record<string, number>;
    const taken = createServer().listen(before.object_store, '127.0.0.1');
    await once(taken, 'listening');
    const started = await up();
    const after = JSON.parse(read('ports.json')) as Record<string, number>;
    expect(after.postgres).toBe(before.postgres);
    expect(after.object_store).not.toBe(before.object_store);
    const said = read('meeboter.log')
      .split('\n')
      .find((line) => line.includes('port is taken'));
    expect(JSON.parse(said ?? '{}')).toMatchObject({
      port: before.object_store,
      new_port: after.object_store,
      holder: expect.stringContaining(`(process ${process.pid})`),
    });
    await taken[Symbol.asyncDispose]();
    await stop(started);
  }, 60_000);
});

describe('it stops in order, with nothing left running,', () => {
  /** PostgreSQL says in this file whether it was shut down or must recover. */
  async function expectOrderlyEnd(): Promise<void> {
    await home.untilNothingRuns();
    expect(read('instance.pid')).toBe('');
    expect(existsSync(file('postgres/postmaster.pid'))).toBe(false);
  }

  it('when its terminal is closed', async () => {
    // script(1) gives it a terminal of its own, and takes it away when it is killed.
    const started = home.run(NO_DEMO, ['script', '-qfec', `${process.execPath} start.ts`, '/dev/null']);
    await started.says(UP);
    started.process.kill('SIGKILL');
    await expectOrderlyEnd();
  }, 60_000);

  it('when nobody reads its output any more', async () => {
    const started = home.run(NO_DEMO, ['sh', '-c', `${process.execPath} start.ts | head -n 3`]);
    expect(await started.ended).toBe(0);
    expect(started.text()).toContain('Starting Meeboter');
    await expectOrderlyEnd();
  }, 60_000);

  it('when its log takes no line, and it works until then', async () => {
    rmSync(file('meeboter.log'), { force: true });
    symlinkSync('/dev/full', file('meeboter.log'));
    const started = await up({ LOG_LEVEL: 'debug' });
    expect((await fetch(`http://127.0.0.1:${home.apiPort}/livez`)).status).toBe(200);
    await stop(started);
    rmSync(file('meeboter.log'));
    await expectOrderlyEnd();
  }, 60_000);

  it('when it fails in a way that nobody thought of', async () => {
    // As an error that nothing catches, in the middle of everything.
    const failing = "process.on('SIGUSR2', () => setImmediate(() => { throw new Error('unthought'); }));";
    writeFileSync(file('failing.mjs'), failing);
    const started = await up({ NODE_OPTIONS: `--import ${file('failing.mjs')}` });
    started.process.kill('SIGUSR2');
    expect(await started.ended).not.toBe(0);
    await home.untilNothingRuns();
  }, 60_000);
});

describe('it says in one message what is wrong and what to do, and leaves everything as it was:', () => {
  async function refuses(env: Record<string, string>, message: RegExp): Promise<void> {
    const started = home.run({ ...NO_DEMO, ...env });
    expect(await started.ended).toBe(1);
    expect(started.text()).toMatch(message);
    expect(started.text()).not.toMatch(/^ {4}at /m);
    await home.untilNothingRuns(5_000);
  }

  it('a lost password of the database', async () => {
    const before = read('postgres.password');
    rmSync(file('postgres.password'));
    await refuses({}, /postgres\.password is missing or empty\..* docs\/troubleshooting\.md/);
    expect(existsSync(file('postgres.password'))).toBe(false);
    writeFileSync(file('postgres.password'), 'another');
    await refuses({}, /The password in .*postgres\.password is not that of the database in .*postgres\./);
    writeFileSync(file('postgres.password'), before);
  }, 60_000);

  it('damaged secrets', async () => {
    const before = read('secrets.json');
    writeFileSync(file('secrets.json'), before.slice(0, 20));
    await refuses({}, /secrets\.json is damaged: .* Restore it from a backup/);
    expect(read('secrets.json')).toBe(before.slice(0, 20));
    writeFileSync(file('secrets.json'), before);
  });

  it('keys of an object store without its endpoint, and a folder that is none', async () => {
    const keys = { S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'key' };
    await refuses(keys, /S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY set without S3_ENDPOINT: set/);
    await refuses(
      { MEEBOTER_HOME: file('secrets.json') },
      /keep its data in .* it is not a folder\.\n.*MEEBOTER_HOME/,
    );
  });

  it('and starts again when that is mended', async () => {
    await stop(await up());
  }, 60_000);
});
