// Telling "the database cannot be reached now" from every other error.
import { z } from 'zod';

/** Prisma's codes: not reachable, timed out, closed, no connection or transaction in time. https://www.prisma.io/docs/orm/reference/error-reference */
const PRISMA_CODES = ['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037'];
/** PostgreSQL's: shutting down, crashed, starting, out of connections. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const POSTGRES_CODES = ['57P01', '57P02', '57P03', '53300', '08003', '08006'];
const KINDS = ['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections'];
/** What node-postgres says on a connection that breaks under a statement. */
const MESSAGES = /connection terminated|not queryable|connection ended|server closed the connection/i;

const errorSchema = z.looseObject({
  code: z.string().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
  meta: z
    .looseObject({
      driverAdapterError: z.looseObject({
        cause: z.looseObject({ kind: z.string().optional(), originalCode: z.string().optional() }),
      }),
    })
    .optional()
    .catch(undefined),
});

/** True when an error of the database client means that the same call may go through later. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const parsed = errorSchema.safeParse({ ...error, message: error.message });
  if (!parsed.success) return false;
  const { code = '', message = '', meta } = parsed.data;
  const cause = meta?.driverAdapterError.cause;
  return (
    PRISMA_CODES.includes(code) ||
    POSTGRES_CODES.includes(cause?.originalCode ?? code) ||
    KINDS.includes(cause?.kind ?? '') ||
    MESSAGES.test(message)
  );
}
