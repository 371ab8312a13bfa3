// A program that starts before its database or its Redis waits for it: after a
// power cut everything comes up at once, in any order.
import { setTimeout as delay } from 'node:timers/promises';
import { isServerAway } from '@meeboter/domain/server-away.ts';
import type { DatabaseSettings } from './env/database.ts';
import type { ProcessSettings } from './env/process.ts';
import type { Log } from './log.ts';
import { withTimeLimit } from './time-limit.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
/** While it waits it says so this often. */
const SAY_AGAIN_MS = 10_000;

export interface Waiting {
  /** What is waited for, in words that may stand in a log: no password. */
  server: string;
  /** How long, in all; 0 tries once. */
  patienceMs: number;
  log: Log;
  /** Ends the wait; `untilThere` rejects then. */
  signal?: AbortSignal;
}

/**
 * Does the work, and does it again as long as its server is away (`isServerAway`). Throws a readable Error
 * when the patience is over, and any other error at once: waiting does not heal it. The work has to end by
 * itself, for example by `withTimeLimit`: a frozen server takes a connection and never answers.
 */
export async function untilThere<T>(waiting: Waiting, work: () => Promise<T>): Promise<T> {
  const { server, log, patienceMs, signal } = waiting;
  const startedAtMs = performance.now();
  let saidAtMs = Number.NEGATIVE_INFINITY;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      const done = await work();
      if (saidAtMs > 0) log.info({ waited_for: server }, 'the server answers');
      return done;
    } catch (error) {
      if (!isServerAway(error)) throw error;
      const leftMs = startedAtMs + patienceMs - performance.now();
      if (leftMs <= 0) {
        throw new Error(`${server} cannot be reached: ${messageOf(error)}`, { cause: error });
      }
      if (performance.now() - saidAtMs >= SAY_AGAIN_MS) {
        saidAtMs = performance.now();
        const limit = Number.isFinite(leftMs) ? { left_ms: Math.round(leftMs) } : {};
        log.warn({ waits_for: server, reason: messageOf(error), ...limit }, 'waiting for a server');
      }
      await delay(Math.min(pauseMs, leftMs), undefined, signal ? { signal } : undefined);
    }
  }
}

/** A first statement, with its connection. */
const STATEMENT_MS = 6_000;

/** The same for a first statement on the database. */
export function untilDatabaseThere<T>(
  { settings, log }: { settings: DatabaseSettings & ProcessSettings; log: Log },
  ask: () => Promise<T>,
): Promise<T> {
  const server = `PostgreSQL at ${addressOf(settings.DATABASE_URL)}`;
  const waiting = { server, patienceMs: settings.START_PATIENCE_MS, log };
  return untilThere(waiting, () => withTimeLimit(STATEMENT_MS, ask));
}

/** The address of a server, without who logs in there. */
export function addressOf(url: string): string {
  return new URL(url).host;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A host with several addresses: the message is empty, those of the tries are not.
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  const message = error.message || (inner instanceof Error ? inner.message : error.name);
  return message.trim().split('\n').at(-1) ?? message;
}
