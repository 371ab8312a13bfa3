// Sign-in and API keys, by better-auth on our own tables. Keys are stored as
// hashes and shown once.
import { apiKey } from '@better-auth/api-key';
import { prismaAdapter } from '@better-auth/prisma-adapter';
import { publicUrl } from '@meeboter/chassis/env/address.ts';
import type { AuthSettings } from '@meeboter/chassis/env.ts';
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
export function withClient(request: Request, settings: AuthSettings, address: string | undefined): Request {
  const headers = new Headers(request.headers);
  const said = settings.TRUSTED_PROXIES.length > 0 ? headers.get('x-forwarded-for') : null;
  headers.set(CLIENT_HEADER, [said, address].filter(Boolean).join(', '));
  return new Request(request, { headers });
}

/** Names of this machine for itself; who can open one of them can open the others. */
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * The origins whose pages may sign in: API_PUBLIC_URL's, and where that is an address of this machine
 * alone, the machine's other names too.
 */
export function signInOrigins(settings: AuthSettings): string[] {
  const home = new URL(publicUrl(settings));
  if (!LOOPBACK.includes(home.hostname)) return [home.origin];
  const port = home.port && `:${home.port}`;
  return LOOPBACK.map((host) => `${home.protocol}//${host}${port}`);
}

/** The sign-in of this installation. What the library logs goes to our log, where there is one. */
export function createAuth(settings: AuthSettings, db: Database, log?: Log) {
  return betterAuth({
    appName: 'Meeboter',
    secret: settings.MEEBOTER_SECRET,
    baseURL: publicUrl(settings),
    basePath: AUTH_PATH,
    trustedOrigins: signInOrigins(settings),
    database: prismaAdapter(db, { provider: 'postgresql' }),
    emailAndPassword: { enabled: true, disableSignUp: settings.SIGN_UP === 'closed', minPasswordLength: 10 },
    rateLimit: { enabled: true },
    advanced: {
      // Said, since the library checks neither in what it takes for a test.
      disableOriginCheck: false,
      disableCSRFCheck: false,
      ipAddress: { ipAddressHeaders: [CLIENT_HEADER], trustedProxies: settings.TRUSTED_PROXIES },
    },
    telemetry: { enabled: false },
    // An unexpected error is thrown to whoever called: the library would answer 500 with an empty body.
    onAPIError: { throw: true },
    // At level debug: the library calls a wrong key an error, which is none of ours.
    logger: {
      log: (level, message, ...details: unknown[]) =>
        log?.debug({ auth_level: level, err: details.find((detail) => detail instanceof Error) }, message),
    },
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
