// Applies prisma/migrations with Prisma's own migration engine, compiled to WebAssembly. No engine binary has
// to be downloaded, and `prisma migrate deploy` works on the same database, because both use the table
// _prisma_migrations.
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const MIGRATIONS = join(HERE, 'migrations');
const NO_FILTER = { externalTables: [], externalEnums: [] };

/** Key of the advisory lock that lets one process migrate at a time. Arbitrary, but no other lock of ours has it. */
const LOCK_KEY = 7_266_332;

/**
 * Prisma's adapter splits a script at every semicolon, even inside comments and function bodies, and runs
 * the pieces on any connection of the pool. This adapter sends a script whole: PostgreSQL runs it in one
 * implicit transaction.
 */
class WholeScripts extends PrismaPg {
  override async connect() {
    const adapter = await super.connect();
    adapter.executeScript = async (script: string) => {
      await adapter.underlyingDriver().query(script);
    };
    return adapter;
  }
}

type Engine = Awaited<ReturnType<typeof engineModule.SchemaEngine.new>>;

let instantiated = false;

async function withEngine<T>(databaseUrl: string, use: (engine: Engine) => Promise<T>): Promise<T> {
  if (!instantiated) {
    const script = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
    const { instance } = await WebAssembly.instantiate(await readFile(script.replace(/\.js$/, '.wasm')), {
      './schema_engine_bg.js': engineModule as unknown as WebAssembly.ModuleImports,
    });
    engineModule.__wbg_set_wasm(instance.exports);
    (instance.exports.__wbindgen_start as () => void)();
    instantiated = true;
  }
  // The engine does not close the pool behind the factory, so we open and close it here.
  const pool = new pg.Pool({ connectionString: databaseUrl });
  const factory = bindMigrationAwareSqlAdapterFactory(new WholeScripts(pool));
  const schema = await readFile(join(HERE, 'schema.prisma'), 'utf8');
  const engine = await engineModule.SchemaEngine.new(
    { datamodels: [['schema.prisma', schema]] },
    () => undefined,
    factory,
  );
  try {
    return await use(engine);
  } finally {
    engine.free();
    await pool.end();
  }
}

/**
 * Applies the migrations that the database does not have yet, and returns their names; an empty list when it
 * is up to date. Several processes may call it at once: one migrates, the others wait and find nothing to do.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const lock = new pg.Client({ connectionString: databaseUrl });
  await lock.connect();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [LOCK_KEY]);
    return await applyMigrations(databaseUrl);
  } finally {
    // Ending the session releases the lock.
    await lock.end();
  }
}

async function applyMigrations(databaseUrl: string): Promise<string[]> {
  const names = (await readdir(MIGRATIONS, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const migrationDirectories = await Promise.all(
    names.map(async (path) => ({
      path,
      migrationFile: {
        path: 'migration.sql',
        content: {
          tag: 'ok' as const,
          value: await readFile(join(MIGRATIONS, path, 'migration.sql'), 'utf8'),
        },
      },
    })),
  );
  const lockfile = { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' };
  const applied = await withEngine(databaseUrl, (engine) =>
    engine.applyMigrations({
      migrationsList: { baseDir: MIGRATIONS, lockfile, shadowDbInitScript: '', migrationDirectories },
      filters: NO_FILTER,
    }),
  );
  return applied.appliedMigrationNames;
}

/** The SQL that creates everything in schema.prisma in an empty database; to copy from for a new migration. */
export async function schemaSql(databaseUrl: string): Promise<string> {
  const content = await readFile(join(HERE, 'schema.prisma'), 'utf8');
  const answer = await withEngine(databaseUrl, (engine) =>
    engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content }] },
      script: true,
      exitCode: null,
      filters: NO_FILTER,
    }),
  );
  return answer.stdout ?? '';
}
