// Secrets of an installation on one machine: made on the first start, kept in a
// file that only this user reads.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const secretsSchema = z.object({
  secret: z.string().min(32),
  s3_access_key_id: z.string(),
  s3_secret_access_key: z.string(),
  demo_email: z.string(),
  demo_password: z.string(),
  /** Kept in clear here, and here only, so that every start can print the same line to copy. */
  demo_api_key: z.string().nullable(),
});

export type LocalSecrets = z.infer<typeof secretsSchema>;

const random = () => randomBytes(24).toString('base64url');

function fileOf(home: string): string {
  return join(home, 'secrets.json');
}

/** Reads the secrets, making them on the first start. */
export function localSecrets(home: string): LocalSecrets {
  const file = fileOf(home);
  if (existsSync(file)) return secretsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const secrets: LocalSecrets = {
    secret: random(),
    s3_access_key_id: 'meeboter',
    s3_secret_access_key: random(),
    demo_email: 'demo@meeboter.local',
    demo_password: random(),
    demo_api_key: null,
  };
  keepSecrets(home, secrets);
  return secrets;
}

export function keepSecrets(home: string, secrets: LocalSecrets): void {
  const file = fileOf(home);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
}
