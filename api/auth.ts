// Sign-in and API keys, by better-auth on our own tables. Keys are stored as
// hashes and shown once.
import { apiKey } from '@better-auth/api-key';
import { prismaAdapter } from '@better-auth/prisma-adapter';
import { publicUrl, type Settings } from '@meeboter/chassis/env.ts';
import type { Log } from '@meeboter/chassis/log.ts';
import type { Database } from '@meeboter/prisma/client.ts';
import { betterAuth } from 'better-auth';

export const AUTH_PATH = '/api/auth';
export const API_KEY_PREFIX = 'mbk_';

/** The sign-in of this installation. Its own words go to our log, where there is one. */
export function createAuth(settings: Settings, db: Database, log?: Log) {
  return betterAuth({
    appName: 'Meeboter',
    secret: settings.MEEBOTER_SECRET,
    baseURL: publicUrl(settings),
    basePath: AUTH_PATH,
    database: prismaAdapter(db, { provider: 'postgresql' }),
    emailAndPassword: { enabled: true, disableSignUp: settings.SIGN_UP === 'closed', minPasswordLength: 10 },
    rateLimit: { enabled: true },
    telemetry: { enabled: false },
    // A wrong key is not an error of ours.
    logger: { log: (level, message) => log?.debug({ auth_level: level }, message) },
    plugins: [
      apiKey({
        defaultPrefix: API_KEY_PREFIX,
        requireName: true,
        // The plugin's default is ten requests a day.
        rateLimit: { enabled: false },
      }),
    ],
  });
}

export type Auth = ReturnType<typeof createAuth>;
