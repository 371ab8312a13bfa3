// How a process starts and stops: what it closes, in which order, under which time limit, and on which signals.
import type { Log } from './log.ts';
import { withTimeLimit } from './time-limit.ts';

/** What a program returns when it has started. */
export interface Running {
  /** Closes everything in reverse order, under the grace time. A second call waits for the same stop. */
  stop(): Promise<void>;
  /** How long `stop` takes at most, in ms. A process whose stop takes longer is ended all the same. */
  readonly stopWithinMs: number;
  /** Names of the parts that are still open. */
  open(): string[];
}

/** What every part gets, even when those before it have used up the grace time; and its tolerance on top, in ms. */
const LEAST_MS = 250;

interface Part {
  name: string;
  close: (leftMs: number) => Promise<void> | void;
}

/**
 * Collects what has to be closed, in the order it was opened. All parts share the grace time. A part
 * that is not closed when its time is over is logged and left open until the process ends. Without a
 * grace time there is no time limit.
 */
export class Closers {
  readonly #graceMs: number;
  #parts: Part[] = [];
  #closing: Promise<void> | undefined;

  constructor(graceMs = Number.POSITIVE_INFINITY) {
    this.#graceMs = graceMs;
  }

  /** `close` gets what is left of the grace time, in ms: it may finish work in that time before it closes. */
  add(name: string, close: Part['close']): void {
    this.#parts.push({ name, close });
  }

  /** Adds a part that all others depend on: it is closed after them, whenever it was added. */
  addBase(name: string, close: Part['close']): void {
    this.#parts.unshift({ name, close });
  }

  /** Names of the parts that are not closed yet, oldest first. */
  open(): string[] {
    return this.#parts.map(({ name }) => name);
  }

  /** How long `close` takes at most, in ms. */
  get withinMs(): number {
    return this.#graceMs + this.#parts.length * 2 * LEAST_MS;
  }

  /** Closes everything, newest first. A part that fails or hangs is logged; the others are closed all the same. */
  close(log?: Log): Promise<void> {
    this.#closing ??= this.#closeAll(log);
    return this.#closing;
  }

  /** What a program returns whose stop is to close all of this. */
  running(log: Log): Running {
    return {
      stop: () => this.close(log),
      stopWithinMs: this.withinMs,
      open: () => this.open(),
    };
  }

  async #closeAll(log?: Log): Promise<void> {
    const endMs = performance.now() + this.#graceMs;
    for (const part of this.#parts.toReversed()) {
      const leftMs = Math.max(LEAST_MS, endMs - performance.now());
      try {
        await withTimeLimit(leftMs + LEAST_MS, async () => part.close(leftMs));
        this.#parts = this.#parts.filter((it) => it !== part);
      } catch (error) {
        log?.warn({ part: part.name, err: error }, 'did not close well');
      }
    }
  }
}

/** How much longer than its own limit a stop may take before the process is ended without it. */
const LAST_RESORT_MS = 1_000;

/**
 * Calls `stop` on the first of SIGTERM, SIGINT (Ctrl-C) and SIGHUP (the terminal was closed), and `hurry`
 * on every further SIGTERM or SIGINT. A further SIGHUP is ignored: a terminal that goes away sends several,
 * and systemd can send one right after SIGTERM.
 */
export function onStopSignal(stop: () => void, hurry: () => void): void {
  let stopping = false;
  const first = () => {
    if (stopping) return false;
    stopping = true;
    stop();
    return true;
  };
  process.on('SIGHUP', first);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (!first()) hurry();
    });
  }
}

/**
 * Runs a server until SIGTERM, SIGINT or SIGHUP, then stops it and exits 0. Another SIGTERM or SIGINT
 * exits at once, and so does a signal during the start, which may be waiting for a server. A start that
 * throws prints its message and exits 1; so does a stop that hangs.
 *
 * A server goes on when nobody reads its output any more: a supervisor that restarts its log reader
 * must not take the bots' API away with it.
 */
export async function runProgram(start: () => Promise<Running>): Promise<void> {
  let running: Running | undefined;
  // An error event that nobody listens to would end the process.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
  onStopSignal(
    () => {
      if (!running) process.exit(0);
      const { stopWithinMs, open } = running;
      const limitMs = stopWithinMs + LAST_RESORT_MS;
      setTimeout(() => {
        process.stderr.write(`Not stopped within ${limitMs} ms. Still open: ${open().join(', ')}\n`);
        process.exit(1);
      }, limitMs);
      void running.stop().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    },
    () => process.exit(130),
  );
  try {
    running = await start();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
