import { readSettings, type Settings } from '@meeboter/chassis/env.ts';

/** Valid settings for code that connects to few servers. Without `env` they name no server that exists. */
export function testSettings(env: Record<string, string> = {}): Settings {
  return readSettings({
    DATABASE_URL: 'postgresql://nobody@127.0.0.1/none',
    S3_ACCESS_KEY_ID: 'test',
    S3_SECRET_ACCESS_KEY: 'test-secret',
    MEEBOTER_SECRET: 'a secret of the tests, long enough to pass',
    ...env,
  });
}
