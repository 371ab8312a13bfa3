// A process's one way up and one way down.
import type { Log } from './log.ts';

/** What a program gives back when it has started. */
export interface Running {
  /** Closes in reverse order, under the grace time. Calling it again waits for the same stop. */
  stop(): Promise<void>;
}

/** Collects what has to be closed, in the order it was opened. */
export class Closers {
  readonly #closers: { name: string; close: () => Promise<void> | void }[] = [];
  #closing: Promise<void> | undefined;

  add(name: string, close: () => Promise<void> | void): void {
    this.#closers.push({ name, close });
  }

  /** Closes everything, newest first. One that fails is logged and does not keep the others open. */
  close(log?: Log): Promise<void> {
    this.#closing ??= (async () => {
      for (const { name, close } of this.#closers.reverse()) {
        try {
          await close();
        } catch (error) {
          log?.warn({ part: name, err: error }, 'did not close well');
        }
      }
    })();
    return this.#closing;
  }
}

/**
 * Runs a program until SIGTERM or SIGINT, then stops it and exits 0. A second signal exits at once.
 * A start that throws prints its message and exits 1.
 */
export async function runProgram(start: () => Promise<Running>): Promise<void> {
  let running: Running;
  try {
    running = await start();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
  let signals = 0;
  const stop = () => {
    signals += 1;
    if (signals > 1) process.exit(130);
    void running.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
