// Sign-in and API keys, by better-auth on our own tables. A key is shown once and
// stored as a hash.
import { apiKey } from '@better-auth/api-key';
import { prismaAdapter } from '@better-auth/prisma-adapter';
import { publicUrl } from '@meeboter/chassis/env/address.ts';
import type { AuthSettings } from '@meeboter/chassis/env.ts';
import type { Log } from '@meeboter/chassis/log.ts';
import type { Database } from '@meeboter/prisma/client.ts';
import { betterAuth } from 'better-auth';

export const AUTH_PATH = '/api/auth';
const API_KEY_PREFIX = 'mbk_';

/** Header with the client's address for better-auth. Only `withClient` sets it; a client's own is overwritten. */
const CLIENT_HEADER = 'x-meeboter-client';

/**
 * Adds the client's address to the request, for the rate limit on sign-in. X-Forwarded-For, which any
 * client can send, is used only when TRUSTED_PROXIES is set; better-auth then reads it from the right, up
 * to the first address that is not a trusted proxy.
 */
export function withClient(request: Request, settings: AuthSettings, address: string | undefined): Request {
  const headers = new Headers(request.headers);
  const said = settings.TRUSTED_PROXIES.length > 0 ? headers.get('x-forwarded-for') : null;
  headers.set(CLIENT_HEADER, [said, address].filter(Boolean).join(', '));
  return new Request(request, { headers });
}

/** The loopback names. A browser that can open one of them can open the others. */
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/** The origins whose pages may sign in: that of API_PUBLIC_URL. When it is a loopback name, the other loopback names too. */
function signInOrigins(settings: AuthSettings): string[] {
  const home = new URL(publicUrl(settings));
  if (!LOOPBACK.includes(home.hostname)) return [home.origin];
  const port = home.port && `:${home.port}`;
  return LOOPBACK.map((host) => `${home.protocol}//${host}${port}`);
}

/** Configures better-auth for this installation. The library's log lines go to `log`, when it is given. */
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
      // Set explicitly: by default the library switches both checks off when it runs in a test.
      disableOriginCheck: false,
      disableCSRFCheck: false,
      ipAddress: { ipAddressHeaders: [CLIENT_HEADER], trustedProxies: settings.TRUSTED_PROXIES },
    },
    telemetry: { enabled: false },
    // Unexpected errors are thrown to our error handler. Otherwise the library answers 500 with an empty body.
    onAPIError: { throw: true },
    // At debug level: the library logs a wrong API key as an error.
    logger: {
      log: (level, message, ...details: unknown[]) =>
        log?.debug({ auth_level: level, err: details.find((detail) => detail instanceof Error) }, message),
    },
    plugins: [
      apiKey({
        defaultPrefix: API_KEY_PREFIX,
        requireName: true,
        // Off: the plugin's default is ten requests a day.
        rateLimit: { enabled: false },
      }),
    ],
  });
}

export type Auth = ReturnType<typeof createAuth>;
