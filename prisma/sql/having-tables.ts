import { Prisma } from '../generated/client.ts';

/**
 * Conditions that always hold, for a statement that locks an account in a transaction which goes on
 * to other tables: with one the statement takes its share of them before it locks the first row. While a
 * migration waits for a table, whoever comes later waits behind it; who then held an account would
 * be waited for by those that have the table, in a circle.
 */
export const havingTables = {
  ofBooking: Prisma.sql`NOT EXISTS (SELECT 1 FROM bots, events WHERE false)`,
  ofEnding: Prisma.sql`NOT EXISTS (SELECT 1 FROM bot_pool_queue, bot_pool_slots WHERE false)`,
};
