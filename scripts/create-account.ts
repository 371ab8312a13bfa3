// Creates an account and an API key for it; for an existing account only the key:
//   npm run create-account -- --email you@example.org [--name You] [--admin]
// --admin makes the account an admin, also an existing one.
// Prints the key, and the password of a new account. Neither is shown again.
//
// The installation is the one that DATABASE_URL and MEEBOTER_SECRET name; without
// DATABASE_URL it is the `npm start` that runs in MEEBOTER_HOME.
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ensureAccount, newApiKey } from '@meeboter/api/account.ts';
import { createAuth } from '@meeboter/api/auth.ts';
import { isPooled } from '@meeboter/chassis/env/database.ts';
import { type Environment, environment } from '@meeboter/chassis/env/read.ts';
import { readAccountSettings } from '@meeboter/chassis/env.ts';
import { openDatabase } from '@meeboter/prisma/client.ts';
import { z } from 'zod';

const { values } = parseArgs({
  options: {
    email: { type: 'string' },
    name: { type: 'string' },
    admin: { type: 'boolean', default: false },
  },
});
const email = z.email().safeParse(values.email);
if (!email.success) {
  process.stderr.write('usage: npm run create-account -- --email you@example.org [--name You] [--admin]\n');
  process.exit(2);
}

/** Loaded only where it is needed: images have no embedded servers. */
async function environmentToUse(): Promise<Environment> {
  const env = environment();
  if (env.DATABASE_URL) return env;
  return (await import('../infra/start/running.ts')).environmentOfRunning(env);
}

async function createAccount(address: string, name: string, admin: boolean): Promise<string> {
  const settings = readAccountSettings(await environmentToUse());
  const db = openDatabase({ url: settings.DATABASE_URL, pooled: isPooled(settings) });
  try {
    const context = { db, auth: createAuth(settings, db) };
    const known = await db.user.findUnique({ where: { email: address.toLowerCase() } });
    const password = randomBytes(12).toString('base64url');
    const userId = await ensureAccount(context, { email: address, name, password, admin });
    const key = await newApiKey(context, userId, 'made by create-account');
    return `${known ? '' : `Password  ${password}\n`}API key   ${key}\n`;
  } finally {
    await db.$disconnect();
  }
}

try {
  process.stdout.write(await createAccount(email.data, values.name ?? email.data, values.admin));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
