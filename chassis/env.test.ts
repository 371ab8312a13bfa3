import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { internalUrl } from './env/address.ts';
import { envExample, settingsTable } from './env/documents.ts';
import { botLimit } from './env/pool.ts';
import { SettingsError } from './env/read.ts';
import {
  readAccountSettings,
  readApiSettings,
  readDatabaseSettings,
  readDeployerSettings,
  readSchedulerSettings,
  readSettings,
  readStartSettings,
} from './env.ts';

const DATABASE = { DATABASE_URL: 'postgresql://u:p@127.0.0.1:5432/meeboter' };
const STORE = { S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' };
const SECRET = { MEEBOTER_SECRET: 's'.repeat(32) };
const GOOD = { ...DATABASE, ...STORE, ...SECRET };

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('the environment', () => {
  it('has defaults for all but what has to be said', () => {
    expect(readSettings(GOOD)).toMatchObject({
      API_PORT: 3000,
      PLATFORM_PRIORITY: ['local'],
      SIGN_UP: 'closed',
    });
    expect(internalUrl(readSettings(GOOD))).toBe('http://127.0.0.1:3000');
  });

  it('allows one local bot for each core, and says so in words, the same on every machine', () => {
    expect(botLimit(readSettings(GOOD), 'local')).toBe(availableParallelism());
    expect(botLimit(readSettings({ ...GOOD, LOCAL_BOT_LIMIT: '7' }), 'local')).toBe(7);
    expect(botLimit(readSettings({ ...GOOD, LOCAL_BOT_LIMIT: '0' }), 'local')).toBe(0);
    const seven = readSettings({ ...GOOD, LOCAL_BOT_LIMIT: '7' });
    expect(botLimit(seven, 'local', { bot_limit: null })).toBe(7);
    expect(botLimit(seven, 'local', { bot_limit: 0 })).toBe(0);
    expect(envExample()).toContain('\n#LOCAL_BOT_LIMIT=\n');
  });

  it('lists everything that is wrong at once, by name', () => {
    const problems = problemsOf(() =>
      readSettings({
        ...GOOD,
        DATABASE_URL: 'mysql://x',
        API_PORT: '99999',
        PLATFORM_PRIORITY: 'moon',
        MEEBOTER_SECRET: '',
        S3_ACCESS_KEY_ID: '',
      }),
    );
    expect(problems).toHaveLength(5);
    for (const name of [
      'DATABASE_URL',
      'API_PORT',
      'PLATFORM_PRIORITY',
      'MEEBOTER_SECRET is missing',
      'S3_SECRET_ACCESS_KEY is set and S3_ACCESS_KEY_ID is not',
    ]) {
      expect(problems.join('\n')).toContain(name);
    }
  });

  it('never shows the value of a secret', () => {
    expect(() => readSettings({ ...GOOD, MEEBOTER_SECRET: 'hunter2' })).toThrow(
      /MEEBOTER_SECRET(?!.*hunter2)/s,
    );
    const half = problemsOf(() =>
      readSettings({ ...GOOD, S3_SECRET_ACCESS_KEY: '', S3_ACCESS_KEY_ID: 'hunter2' }),
    );
    expect(half).toEqual([
      'S3_ACCESS_KEY_ID is set and S3_SECRET_ACCESS_KEY is not: set both, or neither to use the default credentials of AWS',
    ]);
  });

  it('takes an empty variable for an unset one', () => {
    expect(readSettings({ ...GOOD, REDIS_URL: '', API_PORT: '' }).API_PORT).toBe(3000);
    expect(readStartSettings({ LAB_PORT: '' }).LAB_PORT).toBe(3001);
  });

  it('is what .env.example says', () => {
    const text = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
    expect(text('../.env.example')).toBe(envExample());
    expect(text('../docs/settings.md')).toBe(settingsTable());
  });
});

describe('a program', () => {
  it.each([
    ['api', readApiSettings, { ...DATABASE, ...SECRET }],
    ['scheduler', readSchedulerSettings, DATABASE],
    ['deployer', readDeployerSettings, { ...DATABASE, ...SECRET }],
    ['create-account', readAccountSettings, { ...DATABASE, ...SECRET }],
    ['migrate', readDatabaseSettings, DATABASE],
  ] as const)('asks for what it needs and nothing else: %s', (_name, read, needs) => {
    expect(problemsOf(() => read(needs))).toEqual([]);
    const missing = problemsOf(() => read({})).map((problem) => problem.split(' ')[0]);
    expect(missing).toEqual(Object.keys(needs));
  });

  it('does not see what is not for it', () => {
    const everything = readSettings(GOOD);
    const names = (settings: object) => Object.keys(settings);
    const deployer = names(readDeployerSettings(GOOD));
    expect(deployer.filter((name) => name.startsWith('S3_'))).toEqual([]);
    const scheduler = names(readSchedulerSettings(GOOD));
    expect(scheduler.filter((name) => /^(API_|MEEBOTER_SECRET|RUNTIME_DIR)/.test(name))).toEqual([]);
    expect(names(readApiSettings(GOOD))).not.toContain('RUNTIME_DIR');
    const all = new Set([...deployer, ...scheduler, ...names(readApiSettings(GOOD))]);
    expect(all).toEqual(new Set(names(everything)));
    // A wrong value of somebody else's is none of its business either.
    expect(
      problemsOf(() => readDeployerSettings({ ...GOOD, S3_ENDPOINT: 'nonsense', SIGN_UP: 'maybe' })),
    ).toEqual([]);
  });
});
