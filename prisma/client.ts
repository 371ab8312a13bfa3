// Opens the database; every server process uses this client.
import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { type Prisma, PrismaClient } from './generated/client.ts';
import { statementNames } from './statement-names.ts';

export type Database = PrismaClient;
/** For functions that run on the database itself or inside a transaction. */
export type Db = PrismaClient | Prisma.TransactionClient;
export type Transaction = Prisma.TransactionClient;

export interface DatabaseOptions {
  url: string;
  /**
   * True: `url` leads to a pooler in transaction mode, such as PgBouncer. Each transaction may get another session
   * there, so statements are not prepared (PgBouncer supports that only from 1.21 on), and settings are made in
   * each transaction.
   */
  pooled?: boolean;
  /** Maximum number of connections; default 10. */
  poolSize?: number;
  /** Shown in pg_stat_activity. */
  applicationName?: string;
  /** Called for each lost connection, to log it. The pool replaces it by itself. */
  onConnectionError?: (error: Error) => void;
}

/**
 * PostgreSQL ends a session whose transaction sends no statement for this long. Our transactions wait for
 * nothing but the database, so the process must be frozen, and others wait for its locks.
 */
const FROZEN_MS = 5_000;
const END_FROZEN = `idle_in_transaction_session_timeout = ${FROZEN_MS}`;

/** Opens the database; it connects with the first statement. Close it with `$disconnect()`. */
export function openDatabase(options: DatabaseOptions): Database {
  const { url, pooled = false, poolSize = 10, applicationName = 'meeboter' } = options;
  const onConnectionError = options.onConnectionError ?? (() => undefined);
  const config: pg.PoolConfig = {
    connectionString: url,
    max: poolSize,
    application_name: applicationName,
    connectionTimeoutMillis: 5_000,
    async onConnect(client) {
      // The adapter adds its error listener only after it has taken the connection. Without this one, a
      // connection that is lost before that would end the process. Its next statement fails in any case.
      client.on('error', () => undefined);
      if (!pooled) await client.query(`SET ${END_FROZEN}`);
    },
  };
  // Without these listeners a lost connection would end the process.
  const listeners = { onPoolError: onConnectionError, onConnectionError };
  const adapter = pooled
    ? new PooledSessions(config, listeners)
    : // The adapter prepares only statements that have a name. Prepared: 31 to 74 % more statements per second.
      new PrismaPg(config, { ...listeners, statementNameGenerator: statementNames() });
  return new PrismaClient({ adapter, transactionOptions: { maxWait: 5_000, timeout: 15_000 } });
}

/** The adapter for a pooler in transaction mode: it makes the settings in each transaction instead of once per session. */
class PooledSessions extends PrismaPg {
  override async connect() {
    const adapter = await super.connect();
    const begin = adapter.startTransaction.bind(adapter);
    adapter.startTransaction = async (isolationLevel) => {
      const transaction = await begin(isolationLevel);
      try {
        await transaction.executeRaw({ sql: `SET LOCAL ${END_FROZEN}`, args: [], argTypes: [] });
        return transaction;
      } catch (error) {
        await transaction.rollback();
        throw error;
      }
    };
    return adapter;
  }
}
