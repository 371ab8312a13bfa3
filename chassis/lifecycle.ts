// A process's one way up and one way down.
import type { Log } from './log.ts';
import { withTimeLimit } from './time-limit.ts';

/** What a program gives back when it has started. */
export interface Running {
  /** Closes in reverse order, under the grace time. Calling it again waits for the same stop. */
  stop(): Promise<void>;
  /** How long `stop` takes at most: a process whose stop takes longer is ended as it is. */
  readonly stopWithinMs: number;
  /** What is open still, by name. */
  open(): string[];
}

/** The least that a part gets when those before it have used up the grace time, and what it may take on top. */
const LEAST_MS = 250;

interface Part {
  name: string;
  close: (leftMs: number) => Promise<void> | void;
}

/**
 * Collects what has to be closed, in the order it was opened. All of it shares the grace time: a part
 * that is not closed when its time is over is logged and left to the end of the process. Without a
 * grace time each part takes as long as it takes.
 */
export class Closers {
  readonly #graceMs: number;
  #parts: Part[] = [];
  #closing: Promise<void> | undefined;

  constructor(graceMs = Number.POSITIVE_INFINITY) {
    this.#graceMs = graceMs;
  }

  /** `close` is told what is left of the grace time, for what it wants to finish first. */
  add(name: string, close: Part['close']): void {
    this.#parts.push({ name, close });
  }

  /** For what all the others stand on: closed after them, whenever it was added. */
  addBase(name: string, close: Part['close']): void {
    this.#parts.unshift({ name, close });
  }

  open(): string[] {
    return this.#parts.map(({ name }) => name);
  }

  get withinMs(): number {
    return this.#graceMs + this.#parts.length * 2 * LEAST_MS;
  }

  /** Closes everything, newest first. One that fails or hangs is logged and does not keep the others open. */
  close(log?: Log): Promise<void> {
    this.#closing ??= this.#closeAll(log);
    return this.#closing;
  }

  /** Itself as the end of a program. */
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

/** A stop that keeps to its own time is let be; this is for one that does not. */
const LAST_RESORT_MS = 1_000;

/**
 * Runs a program until SIGTERM or SIGINT, then stops it and exits 0. A second signal exits at once, and
 * so does one while it starts: it may be waiting for a server. A start that throws prints its message
 * and exits 1; so does a stop that hangs.
 */
export async function runProgram(start: () => Promise<Running>): Promise<void> {
  let running: Running | undefined;
  let signals = 0;
  const stop = () => {
    if (!running) process.exit(0);
    signals += 1;
    if (signals > 1) process.exit(130);
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
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  try {
    running = await start();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
