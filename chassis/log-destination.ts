// Where log lines go. A destination that fails (the disk is full, the reader of
// a pipe is gone, the terminal was closed) must never end the process that logs,
// and must not fill its memory: lines it does not take are dropped and counted.
// As soon as it takes lines again, one line says how many are missing.
import { fstatSync, openSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { Counter } from 'prom-client';
import { registry } from './metrics.ts';

/** What a log writes to. `write` never throws. */
export interface LogDestination {
  write(line: string): void;
}

const droppedLines = new Counter({
  name: 'meeboter_log_lines_dropped_total',
  help: 'Log lines that were dropped because their destination failed or did not keep up.',
  registers: [registry],
});

/** How much may wait for a reader that does not keep up; from then on lines are dropped. */
const LONGEST_BACKLOG_BYTES = 4 * 1024 * 1024;

/** Counts the lines that are missing at a destination. */
class Missing {
  #lines = 0;

  add(): void {
    this.#lines += 1;
    droppedLines.inc();
  }

  /** The line that says what is missing at this place of the log; empty when nothing is. */
  notice(): string {
    if (this.#lines === 0) return '';
    const time = new Date().toISOString();
    return `${JSON.stringify({ level: 'warn', time, dropped_lines: this.#lines, msg: 'log lines were dropped' })}\n`;
  }

  told(): void {
    this.#lines = 0;
  }
}

/**
 * Appends to a file. Writes are synchronous: they end in the page cache, nothing is lost when the process
 * ends, and a full disk answers at once. Every line tries again, so the log goes on as soon as there is room.
 */
class FileDestination implements LogDestination {
  readonly #fd: number;
  readonly #missing = new Missing();
  /** The file ends in a part of a line: the disk became full in the middle of it. */
  #torn = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(line: string): void {
    const bytes = Buffer.from(`${this.#torn ? '\n' : ''}${this.#missing.notice()}${line}`);
    const written = this.#tryWrite(bytes);
    if (written > 0) this.#torn = written < bytes.length;
    if (written === bytes.length) this.#missing.told();
    else this.#missing.add();
  }

  #tryWrite(bytes: Buffer): number {
    try {
      return writeSync(this.#fd, bytes);
    } catch {
      return 0;
    }
  }
}

/**
 * Writes to a pipe, a socket or a terminal. Node writes to a pipe without blocking and keeps what its
 * reader has not taken yet; beyond a limit lines are dropped here. A stream that failed takes no lines any more.
 */
class StreamDestination implements LogDestination {
  readonly #stream: Writable;
  readonly #missing = new Missing();

  constructor(stream: Writable) {
    this.#stream = stream;
    // The callback of each write says the same; an error event that nobody hears ends the process.
    stream.on('error', () => undefined);
  }

  write(line: string): void {
    if (!this.#stream.writable || this.#stream.writableLength > LONGEST_BACKLOG_BYTES) {
      this.#missing.add();
      return;
    }
    const notice = this.#missing.notice();
    this.#missing.told();
    this.#stream.write(`${notice}${line}`, (error) => {
      if (error) this.#missing.add();
    });
  }
}

/** A log file, which is made when it is not there, readable by this user only. Throws when it cannot be opened. */
export function fileDestination(path: string): LogDestination {
  return new FileDestination(openSync(path, 'a', 0o600));
}

/** The standard output of this process, whatever it is. */
export function standardOutput(): LogDestination {
  return isFileLike(1) ? new FileDestination(1) : new StreamDestination(process.stdout);
}

/** A file or a device such as /dev/null. Node's own stream for these does not recover from an error. */
function isFileLike(fd: number): boolean {
  const stat = fstatSync(fd);
  return stat.isFile() || (stat.isCharacterDevice() && !isatty(fd));
}
