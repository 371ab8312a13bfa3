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

/** Tells better-auth who asks; only `withClient` sets it. */
const CLIENT_HEADER = 'x-meeboter-client';

/**
 * The request with the address that it comes from, for limits on tries to sign in. What a client says of
 * itself in X-Forwarded-For counts only behind proxies that are trusted: behind them it is read from
 * the right, up to the first address that is not one of theirs.
 */
export function withClient(request: Request, settings: Settings, address: string | undefined): Request {
  const headers = new Headers(request.headers);
  const said = settings.TRUSTED_PROXIES.length > 0 ? headers.get('x-forwarded-for') : null;
  headers.set(CLIENT_HEADER, [said, address].filter(Boolean).join(', '));
  return new Request(request, { headers });
}

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
    advanced: {
      ipAddress: { ipAddressHeaders: [CLIENT_HEADER], trustedProxies: settings.TRUSTED_PROXIES },
    },
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
