// A program that starts before its database or its Redis waits for it: after a
// power cut everything comes up at once, in any order.
import { setTimeout as delay } from 'node:timers/promises';
import type { DatabaseSettings } from './env/database.ts';
import type { ProcessSettings } from './env/process.ts';
import type { Log } from './log.ts';
import { NoAnswerError, withTimeLimit } from './time-limit.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
const SAY_AGAIN_MS = 10_000;

export interface Waiting {
  /** What is waited for, in words that may stand in a log: no password. */
  server: string;
  /** How long, in all; 0 tries once. */
  patienceMs: number;
  log: Log;
  /** Whether an error may heal by itself; a wrong password does not. `isServerAway` unless said. */
  isAway?: (error: unknown) => boolean;
}

/**
 * Does the work, and does it again as long as its server is away. Throws a readable Error when the
 * patience is over, and at once what waiting cannot heal. The work has to end by itself, with a
 * NoAnswerError for one, when the server is frozen: it takes a connection and never says a word.
 */
export async function untilThere<T>(waiting: Waiting, work: () => Promise<T>): Promise<T> {
  const { server, log, patienceMs, isAway = isServerAway } = waiting;
  const startedAtMs = performance.now();
  let saidAtMs = Number.NEGATIVE_INFINITY;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      const done = await work();
      if (saidAtMs > 0) log.info({ waited_for: server }, 'the server answers');
      return done;
    } catch (error) {
      if (!(error instanceof NoAnswerError) && !isAway(error)) throw error;
      const leftMs = startedAtMs + patienceMs - performance.now();
      if (leftMs <= 0) {
        throw new Error(`${server} cannot be reached: ${messageOf(error)}`, { cause: error });
      }
      if (performance.now() - saidAtMs >= SAY_AGAIN_MS) {
        saidAtMs = performance.now();
        const reason = messageOf(error);
        log.warn({ waits_for: server, reason, left_ms: Math.round(leftMs) }, 'waiting for a server');
      }
      await delay(Math.min(pauseMs, leftMs));
    }
  }
}

/** A first statement, with its connection. */
const STATEMENT_MS = 6_000;

/** The same for a first statement on the database, in words of the client that it is asked with. */
export function untilDatabaseThere<T>(
  { settings, log }: { settings: DatabaseSettings & ProcessSettings; log: Log },
  isAway: (error: unknown) => boolean,
  ask: () => Promise<T>,
): Promise<T> {
  const server = `PostgreSQL at ${addressOf(settings.DATABASE_URL)}`;
  const waiting = { server, patienceMs: settings.START_PATIENCE_MS, log, isAway };
  return untilThere(waiting, () => withTimeLimit(STATEMENT_MS, ask));
}

/** Not reachable, or cut: https://nodejs.org/api/errors.html#common-system-errors */
const AWAY_CODES = [
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN'],
  // PostgreSQL: shutting down, crashed, starting, out of connections.
  ...['57P01', '57P02', '57P03', '53300'],
];
/** What node-postgres and ioredis say of a connection that ended before it was one; Redis while it loads. */
const AWAY_WORDS = /connection terminated|timeout expired|connection is closed|^LOADING /i;

/** True when PostgreSQL or Redis was not reached, in words of their clients. */
export function isServerAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof NoAnswerError) return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return AWAY_CODES.includes(code) || AWAY_WORDS.test(error.message);
}

/** The address of a server, without who logs in there. */
export function addressOf(url: string): string {
  return new URL(url).host;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // One host, several addresses: the message is empty, those of the tries are not.
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  const message = error.message || (inner instanceof Error ? inner.message : error.name);
  return message.trim().split('\n').at(-1) ?? message;
}
