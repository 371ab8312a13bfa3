// Tells "a server cannot be reached now" from every other error, in the words of
// all clients that we use: Node's sockets, node-postgres, Prisma, ioredis.
import { z } from 'zod';

/** Not reachable, or cut: https://nodejs.org/api/errors.html#common-system-errors */
const NODE_CODES = [
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN'],
];
/**
 * PostgreSQL: shutting down, crashed, starting, out of connections, and the whole class of connection
 * exceptions, in which PgBouncer (08P01) says that its server is away.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const POSTGRES_CODE = /^(57P0[123]|53300|08...)$/;
/** Not reachable, timed out, closed, no connection or transaction in time. https://www.prisma.io/docs/orm/reference/error-reference */
const PRISMA_CODES = ['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037'];
/** What Prisma's adapter makes of errors of node-postgres. */
const PRISMA_KINDS = ['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections'];
/** What node-postgres and ioredis say without a code, and Redis while it loads. */
const MESSAGES = [
  /connection terminated|not queryable|connection ended|server closed the connection|timeout expired/i,
  /connection is closed|^LOADING /i,
];
/** Of chassis/time-limit.ts: a frozen server takes connections and never answers. */
const NO_ANSWER = 'NoAnswerError';
/** PgBouncer has one code for everything; a wrong name does not heal by waiting. */
const WRONG_NAME = /no such (database|user)/i;

const errorSchema = z.object({
  code: z.string().optional().catch(undefined),
  message: z.string().catch(''),
  meta: z
    .object({
      driverAdapterError: z.object({
        cause: z.object({ kind: z.string().optional(), originalCode: z.string().optional() }),
      }),
    })
    .optional()
    .catch(undefined),
});

/**
 * True when an error means that a server was not reached, or cut the connection: the same call may go
 * through later. False for everything that waiting does not heal, as a wrong password.
 */
export function isServerAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // A host with several addresses: one error for each.
  if (error instanceof AggregateError && error.errors.some(isServerAway)) return true;
  const { code = '', message, meta } = errorSchema.parse({ ...error, message: error.message });
  const { kind = '', originalCode = code } = meta?.driverAdapterError.cause ?? {};
  if (WRONG_NAME.test(message)) return false;
  return (
    error.name === NO_ANSWER ||
    NODE_CODES.includes(code) ||
    POSTGRES_CODE.test(originalCode) ||
    PRISMA_CODES.includes(code) ||
    PRISMA_KINDS.includes(kind) ||
    MESSAGES.some((pattern) => pattern.test(message))
  );
}
