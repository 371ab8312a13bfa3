import { type Database, openDatabase } from '@meeboter/prisma/client.ts';
import { type Dispatched, dispatchBots } from '@meeboter/prisma/sql/dispatch-bots.ts';
import { ensureSlots } from '@meeboter/prisma/sql/ensure-slots.ts';
import { startDueBots } from '@meeboter/prisma/sql/start-due-bots.ts';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type TestDatabase, testDatabase } from './database.ts';
import { insertUser } from './rows.ts';

/** A database for the tests of one file, with one account; bots and slots are deleted before each test. */
export function emptyPool(): { readonly database: TestDatabase; readonly db: Database } {
  const pool: { database?: TestDatabase; db?: Database } = {};
  beforeAll(async () => {
    pool.database = await testDatabase();
    pool.db = openDatabase({ url: pool.database.url });
    await insertUser(pool.database);
  });
  beforeEach(async () => {
    await pool.database?.query(
      'TRUNCATE bots, events, event_counters, bot_pool_slots, bot_pool_platforms, last_sweep, scheduler_absences CASCADE',
    );
  });
  afterAll(async () => {
    await pool.db?.$disconnect();
    await pool.database?.drop();
  });
  // Both are set by the time a test reads them.
  return pool as { database: TestDatabase; db: Database };
}

/** Queues the bots that are due, and gives each a slot of this platform. */
export async function giveSlots(
  db: Database,
  { platform = 'local', count }: { platform?: string; count: number },
): Promise<Dispatched[]> {
  const limit = 1_000;
  await startDueBots(db, { batch: count });
  await ensureSlots(db, { platform, limit, wanted: count });
  return dispatchBots(db, {
    platform,
    limit,
    batch: count,
    launchTimeoutMs: 60_000,
    launches: { burst: 10_000, perSecond: 10_000 },
  });
}
