import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { envExample, internalUrl, readSettings, readStartSettings, SettingsError } from './env.ts';

const GOOD = {
  DATABASE_URL: 'postgresql://u:p@127.0.0.1:5432/meeboter',
  S3_ACCESS_KEY_ID: 'id',
  S3_SECRET_ACCESS_KEY: 'secret',
  MEEBOTER_SECRET: 's'.repeat(32),
};

describe('the environment', () => {
  it('has defaults for all but what has to be said', () => {
    expect(readSettings(GOOD)).toMatchObject({
      API_PORT: 3000,
      PLATFORM_PRIORITY: ['local'],
      SIGN_UP: 'closed',
    });
    expect(internalUrl(readSettings(GOOD))).toBe('http://127.0.0.1:3000');
  });

  it('lists everything that is wrong at once, by name', () => {
    const wrong = {
      ...GOOD,
      DATABASE_URL: 'mysql://x',
      API_PORT: '99999',
      PLATFORM_PRIORITY: 'moon',
      MEEBOTER_SECRET: '',
    };
    let message = '';
    try {
      readSettings(wrong);
    } catch (error) {
      expect(error).toBeInstanceOf(SettingsError);
      message = (error as Error).message;
    }
    for (const name of ['DATABASE_URL', 'API_PORT', 'PLATFORM_PRIORITY', 'MEEBOTER_SECRET is missing']) {
      expect(message).toContain(name);
    }
  });

  it('never shows the value of a secret', () => {
    expect(() => readSettings({ ...GOOD, MEEBOTER_SECRET: 'hunter2' })).toThrow(
      /MEEBOTER_SECRET(?!.*hunter2)/s,
    );
  });

  it('takes an empty variable for an unset one', () => {
    expect(readSettings({ ...GOOD, REDIS_URL: '', API_PORT: '' }).API_PORT).toBe(3000);
    expect(readStartSettings({ LAB_PORT: '' }).LAB_PORT).toBe(3001);
  });

  it('is what .env.example says', () => {
    expect(readFileSync(new URL('../.env.example', import.meta.url), 'utf8')).toBe(envExample());
  });
});
