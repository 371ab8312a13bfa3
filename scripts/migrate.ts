// Applies the migrations to the database of DATABASE_DIRECT_URL, or else of DATABASE_URL: node scripts/migrate.ts
import { directUrl } from '@meeboter/chassis/env/database.ts';
import { readDatabaseSettings } from '@meeboter/chassis/env.ts';
import { migrate } from '@meeboter/prisma/migrate.ts';

try {
  const applied = await migrate(directUrl(readDatabaseSettings()));
  process.stdout.write(
    applied.length === 0 ? 'The database is up to date.\n' : `Applied: ${applied.join(', ')}\n`,
  );
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
