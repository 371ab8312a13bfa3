// Brings the database of DATABASE_URL up to date: node scripts/migrate.ts
import { readSettings } from '@meeboter/chassis/env.ts';
import { migrate } from '@meeboter/prisma/migrate.ts';

const applied = await migrate(readSettings().DATABASE_URL);
process.stdout.write(
  applied.length === 0 ? 'The database is up to date.\n' : `Applied: ${applied.join(', ')}\n`,
);
