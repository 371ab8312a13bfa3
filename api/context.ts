import type { Chassis } from '@meeboter/chassis/context.ts';
import type { ApiSettings } from '@meeboter/chassis/env.ts';
import type { Health } from '@meeboter/chassis/health.ts';
import type { Storage } from '@meeboter/chassis/storage.ts';
import type { Database } from '@meeboter/prisma/client.ts';
import type { Auth } from './auth.ts';

export interface ApiContext extends Pick<Chassis<ApiSettings>, 'settings' | 'log' | 'jobs'> {
  storage: Storage;
  db: Database;
  auth: Auth;
  health: Health;
}

/** Values that middleware sets on a request for the routes after it. */
export interface ApiEnv {
  Variables: {
    requestId: string;
    /** Set on routes after `requireUser` or `requireAdmin`. */
    userId: string;
  };
}
