// Prints the SQL that makes the tables of prisma/schema.prisma from nothing, where a new
// migration begins: node scripts/schema-sql.ts. DATABASE_URL may be any database; nothing is changed.
import { directUrl } from '@meeboter/chassis/env/database.ts';
import { readDatabaseSettings } from '@meeboter/chassis/env.ts';
import { schemaSql } from '@meeboter/prisma/migrate.ts';

process.stdout.write(await schemaSql(directUrl(readDatabaseSettings())));
