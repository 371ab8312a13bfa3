// Opens the database; every server process uses this client.
import { createHash } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import { type Prisma, PrismaClient } from './generated/client.ts';

export type Database = PrismaClient;
/** For functions that run on the database itself or inside a transaction. */
export type Db = PrismaClient | Prisma.TransactionClient;
export type Transaction = Prisma.TransactionClient;

export interface DatabaseOptions {
  url: string;
  /** Maximum number of connections; default 10. */
  poolSize?: number;
  /** Called for each lost connection, to log it. The pool replaces it by itself. */
  onConnectionError?: (error: Error) => void;
}

/**
 * PostgreSQL ends a session whose transaction sends no statement for this long. Our transactions wait for
 * nothing but the database, so the process must be frozen, and others wait for its locks.
 */
const FROZEN_MS = 5_000;

/** Opens the database; it connects with the first statement. Close it with `$disconnect()`. */
export function openDatabase(options: DatabaseOptions): Database {
  const onConnectionError = options.onConnectionError ?? (() => undefined);
  const adapter = new PrismaPg(
    {
      connectionString: options.url,
      max: options.poolSize ?? 10,
      connectionTimeoutMillis: 5_000,
      async onConnect(client) {
        // The adapter adds its error listener only after it has taken the connection. Without this one, a
        // connection that is lost before that would end the process. Its next statement fails in any case.
        client.on('error', () => undefined);
        await client.query(`SET idle_in_transaction_session_timeout = ${FROZEN_MS}`);
      },
    },
    {
      // Without these listeners a lost connection would end the process.
      onPoolError: onConnectionError,
      onConnectionError: onConnectionError,
      // The adapter prepares only statements that have a name. Prepared: 31 to 74 % more statements per second.
      statementNameGenerator: (query) => `s_${createHash('sha1').update(query.sql).digest('base64url')}`,
    },
  );
  return new PrismaClient({ adapter, transactionOptions: { maxWait: 5_000, timeout: 15_000 } });
}
