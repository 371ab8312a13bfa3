// Secrets of an installation on one machine: made at the first start, kept in a file
// that only this user can read.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from '../durable-file.ts';

const random = () => randomBytes(24).toString('base64url');

/** Whoever has lost the file may write a new one with nothing but `secret` in it. */
const secretsSchema = z.object({
  secret: z.string().min(32),
  s3_access_key_id: z.string().min(1).default('meeboter'),
  s3_secret_access_key: z.string().min(1).default(random),
  demo_email: z.string().min(1).default('demo@meeboter.local'),
  demo_password: z.string().min(1).default(random),
  /** Kept in clear here, and nowhere else, so that every start can print the same line to copy. */
  demo_api_key: z.string().nullable().default(null),
});

export type LocalSecrets = z.infer<typeof secretsSchema>;

const fileOf = (home: string) => join(home, 'secrets.json');

/** What a first start makes after the secrets. */
const MADE_LATER = ['postgres', 'postgres.password', 's3', 'ports.json', 'runtimes'];

/**
 * Reads the secrets; makes them at the first start. Throws a readable Error when the file is damaged, or
 * missing in a folder that is in use: new secrets would fence off every bot and end every session.
 */
export function localSecrets(home: string): LocalSecrets {
  const file = fileOf(home);
  if (!existsSync(file) && MADE_LATER.some((name) => existsSync(join(home, name)))) {
    throw new Error(`${file} is missing, and this is not the first start in this folder. ${remedyFor(file)}`);
  }
  const secrets = existsSync(file) ? readSecrets(home) : secretsSchema.parse({ secret: random() });
  if (!existsSync(file) || textOf(secrets) !== readFileSync(file, 'utf8')) keepSecrets(home, secrets);
  return secrets;
}

/** Reads the secrets of a folder that has some. Throws a readable Error when the file is damaged. */
export function readSecrets(home: string): LocalSecrets {
  const file = fileOf(home);
  try {
    return secretsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EACCES') throw cause;
    const what = cause instanceof z.ZodError ? z.prettifyError(cause) : 'it is empty, or cut off';
    throw new Error(`${file} is damaged: ${what}. ${remedyFor(file)}`, { cause });
  }
}

export function keepSecrets(home: string, secrets: LocalSecrets): void {
  writeDurably(fileOf(home), textOf(secrets));
}

const textOf = (secrets: LocalSecrets) => `${JSON.stringify(secrets, null, 2)}\n`;

const remedyFor = (file: string) =>
  `Restore it from a backup. Without one, make a new secret, after which everybody has to sign in again and bots that run now are lost:
  (umask 077; echo '{"secret": "'$(openssl rand -hex 24)'"}' > '${file}')`;
