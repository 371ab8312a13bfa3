// What a start checks before it starts anything, in homes of every kind.
import { execFileSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepare } from './everything.ts';

const undo: (() => void)[] = [];
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'meeboter-prepare-'));
  undo.push(() => rmSync(dir, { recursive: true, force: true }));
});
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

const home = (...below: string[]) => join(dir, 'home', ...below);
const start = (env: Record<string, string> = {}) => prepare({ MEEBOTER_HOME: home(), ...env });

/** Its message; empty when it does not refuse. */
function refusal(env: Record<string, string> = {}): string {
  try {
    start(env).release();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A disk at `home`; skips the test where this user may not mount one. */
function mount(skip: (why: string) => never, options: string): void {
  mkdirSync(home(), { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', home()], { stdio: 'ignore' });
  } catch {
    skip('this user may not mount a disk');
  }
  undo.push(() => execFileSync('umount', ['--lazy', home()]));
}

describe('the home of a start', () => {
  it('is made, taken, given back, and found again with the same secrets', () => {
    const first = start();
    expect(readdirSync(home()).sort()).toEqual(['instance.pid', 'secrets.json']);
    expect(refusal()).toContain(`running in this folder already, as process ${process.pid}: ${home()}`);
    first.release();
    const second = start();
    second.release();
    expect(second.secrets).toEqual(first.secrets);
  });

  it.each(['', '999999 1', `${process.pid} 1`, 'x', '1\n'])(
    'is free when a killed start left %j in it',
    (left) => {
      mkdirSync(home());
      writeFileSync(home('instance.pid'), left);
      const { release } = start();
      expect(readFileSync(home('instance.pid'), 'utf8')).toMatch(new RegExp(`^${process.pid} \\d+$`));
      release();
      expect(readFileSync(home('instance.pid'), 'utf8')).toBe('');
    },
  );

  it('is not made below a file, nor in place of one', () => {
    writeFileSync(home(), '');
    expect(refusal()).toMatch(
      /keep its data in .*home: it is not a folder\.\nMove that file away, or set MEEBOTER_HOME/,
    );
    expect(refusal({ MEEBOTER_HOME: home('below') })).toMatch(
      /home\/below: it, or something above it, is not a folder/,
    );
  });

  it('is not used when it belongs to somebody else', ({ skip }) => {
    mkdirSync(home());
    if (process.getuid?.() !== 0) return skip('only root gives a folder away');
    chownSync(home(), 12_345, 12_345);
    expect(refusal()).toMatch(/belongs to the user with the number 12345, and you are root \(0\)/);
    expect(readdirSync(home())).toEqual([]);
  });

  it('is not used on a disk that cannot be written to', ({ skip }) => {
    mount(skip, 'ro');
    expect(refusal()).toMatch(/keep its data in .*home: its file system is read-only\.\n/);
  });

  it('is not used on a disk without room, and nothing is left there', ({ skip }) => {
    mount(skip, 'size=20m');
    expect(refusal()).toMatch(/its disk has \d+ MiB left, and Meeboter needs 150 MiB to start\.\nMake room/);
    expect(refusal({ MEEBOTER_HOME: home('a', 'b') })).toMatch(/MiB left/);
    expect(readdirSync(home())).toEqual([]);
    // Where the database is elsewhere, there is room enough.
    expect(refusal({ DATABASE_URL: 'postgresql://u:p@127.0.0.1/x' })).toBe('');
    writeFileSync(home('ballast'), Buffer.alloc(19 * 1024 * 1024));
    expect(refusal({ DATABASE_URL: 'postgresql://u:p@127.0.0.1/x' })).toMatch(/needs 16 MiB/);
  });
});

describe('the secrets of a home', () => {
  beforeEach(() => start().release());
  const file = () => home('secrets.json');

  it.each(['', '{', 'null', '[]', '{"secret": "short"}', '{"secret": 7}'])(
    'that are %j are kept as they are, and the start says what to do',
    (text) => {
      writeFileSync(file(), text);
      expect(refusal()).toMatch(
        /secrets\.json is damaged: .*Restore it from a backup\. Without one, make a new secret/s,
      );
      expect(readFileSync(file(), 'utf8')).toBe(text);
      expect(readFileSync(home('instance.pid'), 'utf8')).toBe('');
    },
  );

  it.each(['postgres', 's3', 'ports.json', 'postgres.password', 'runtimes'])(
    'are not made anew where there is %s',
    (name) => {
      rmSync(file());
      writeFileSync(home(name), '');
      expect(refusal()).toContain(`${file()} is missing, and this is not the first start in this folder.`);
      expect(existsSync(file())).toBe(false);
      // As the message says.
      const [, command = ''] = refusal().match(/^ {2}(\(umask .*\))$/m) ?? [];
      execFileSync('sh', ['-c', command]);
      const { secrets, release } = start();
      release();
      expect(secrets.secret).toMatch(/^[0-9a-f]{48}$/);
      expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual(secrets);
    },
  );
});

describe('the environment of a start', () => {
  it.each([
    { S3_ACCESS_KEY_ID: 'id' },
    { S3_SECRET_ACCESS_KEY: 'key' },
    { S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'key' },
  ])('has no keys of an object store without its endpoint: %j', (env) => {
    expect(refusal(env)).toContain(
      `${Object.keys(env).join(' and ')} set without S3_ENDPOINT: set S3_ENDPOINT, `,
    );
    expect(existsSync(home())).toBe(false);
  });

  it('has both keys of an object store, or none', () => {
    const S3_ENDPOINT = 'http://127.0.0.1:1';
    expect(refusal({ S3_ENDPOINT, S3_ACCESS_KEY_ID: 'id' })).toContain('S3_SECRET_ACCESS_KEY is not');
    expect(refusal({ S3_ENDPOINT, S3_SECRET_ACCESS_KEY: 'key' })).toContain('S3_ACCESS_KEY_ID is not');
    expect(refusal({ S3_ENDPOINT, S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'key' })).toBe('');
    expect(refusal({ S3_ENDPOINT })).toBe('');
  });

  it.each([
    ['', 'google-meet'],
    ['true', 'google-meet'],
    ['meet', 'google-meet'],
    ['google-meet', 'google-meet'],
    ['Teams', 'microsoft-teams'],
    ['microsoft-teams', 'microsoft-teams'],
    [' zoom ', 'zoom'],
    ['false', false],
    ['0', false],
  ])('names the platform of the demo bot: %j is %j', (value, platform) => {
    const { start: settings, release } = start({ MEEBOTER_DEMO: value });
    release();
    expect(settings.MEEBOTER_DEMO).toBe(platform);
  });

  it.each(['webex', 'constructor', 'meet,zoom'])('names no other platform: %j', (value) => {
    expect(refusal({ MEEBOTER_DEMO: value })).toContain(
      'MEEBOTER_DEMO: must be meet, teams or zoom, or false for no demo bot',
    );
    expect(existsSync(home())).toBe(false);
  });

  it('has a port for each server, and everything that is wrong is said at once', () => {
    const wrong = refusal({
      API_PORT: '4000',
      LAB_PORT: '4000',
      S3_ACCESS_KEY_ID: 'id',
      MEEBOTER_DEMO: 'maybe',
    });
    for (const word of ['S3_ENDPOINT', 'MEEBOTER_DEMO']) expect(wrong).toContain(word);
    expect(refusal({ API_PORT: '4000', LAB_PORT: '4000' })).toContain(
      'API_PORT and LAB_PORT are the same port',
    );
    expect(existsSync(home())).toBe(false);
  });
});
