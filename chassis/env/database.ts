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
};
export type DatabaseSettings = z.infer<z.ZodObject<typeof databaseShape>>;
