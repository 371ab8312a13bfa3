import { readSettings, type Settings } from '@meeboter/chassis/env.ts';

/** Settings that pass, for what opens little of it; by itself no server at all. */
export function testSettings(env: Record<string, string> = {}): Settings {
  return readSettings({
    DATABASE_URL: 'postgresql://nobody@127.0.0.1/none',
    S3_ACCESS_KEY_ID: 'test',
    S3_SECRET_ACCESS_KEY: 'test-secret',
    MEEBOTER_SECRET: 'a secret of the tests, long enough to pass',
    ...env,
  });
}
