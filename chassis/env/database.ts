// Where PostgreSQL is.
import { z } from 'zod';

const postgresUrl = z.url({
  protocol: /^postgres(ql)?$/,
  error: 'must look like postgresql://user:password@host:5432/name',
});

export const databaseShape = {
  DATABASE_URL: postgresUrl.describe(
    'PostgreSQL 14 or newer. Holds everything that must not be lost. With `npm start` an embedded one, unless set.',
  ),
  DATABASE_DIRECT_URL: postgresUrl
    .optional()
    .describe(
      'The same database without a pooler, where DATABASE_URL leads to PgBouncer in transaction mode: for the queue, migrations and listeners. Unset: there is no pooler.',
    ),
};
export type DatabaseSettings = z.infer<z.ZodObject<typeof databaseShape>>;

/** The database without a pooler: for whatever needs a session of its own. */
export function directUrl(settings: DatabaseSettings): string {
  return settings.DATABASE_DIRECT_URL ?? settings.DATABASE_URL;
}

/** Whether a pooler in transaction mode is between us and the database at DATABASE_URL. */
export function isPooled(settings: DatabaseSettings): boolean {
  return directUrl(settings) !== settings.DATABASE_URL;
}
