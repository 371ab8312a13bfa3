import type { Db } from '../client.ts';

export interface DatabaseFacts {
  /** Such as 150004. */
  version: number;
  max_connections: number;
  /** Connections of all databases of the server now, this one included. */
  connections: number;
  /** The server's clock. */
  now: Date;
  /** Names of the migrations that were applied; null when the database is empty. */
  migrations: string[] | null;
}

/** What has to be known of a database before it is used. Only reads. */
export async function databaseFacts(db: Db): Promise<DatabaseFacts> {
  const [facts] = await db.$queryRaw<(Omit<DatabaseFacts, 'migrations'> & { migrated: boolean })[]>`
    SELECT current_setting('server_version_num')::int AS version,
      current_setting('max_connections')::int AS max_connections,
      (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
      clock_timestamp() AS now, to_regclass('_prisma_migrations') IS NOT NULL AS migrated`;
  if (!facts) throw new Error('the database says nothing of itself');
  const { migrated, ...rest } = facts;
  if (!migrated) return { ...rest, migrations: null };
  const rows = await db.$queryRaw<{ migration_name: string }[]>`
    SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY migration_name`;
  return { ...rest, migrations: rows.map(({ migration_name }) => migration_name) };
}
