import type { Db } from '../client.ts';

/** Stores the platform's own id of the application that belongs to a slot. Served by the primary key. */
export async function rememberApplication(db: Db, slotId: string, application: string): Promise<void> {
  await db.$executeRaw`
    UPDATE bot_pool_slots SET application = ${application}
    WHERE id = ${slotId} AND application IS DISTINCT FROM ${application}`;
}
