// The fake platform's process as the bench sees it: what happened in it, when.
import { fileURLToPath } from 'node:url';
import { Program } from './program.ts';
import type { RuntimeEvent, RuntimeMode } from './runtime.ts';

export interface PlainReports {
  url: string;
  clients: number;
  everyMs: number;
  seconds: number;
}

export type PlatformOrder = { kind: 'mode'; mode: RuntimeMode } | { kind: 'report'; reports: PlainReports };

/** `start`: the call arrived. `stopped`: the stop was confirmed. */
export interface PlatformEvent extends Omit<RuntimeEvent, 'kind'> {
  kind: RuntimeEvent['kind'] | 'start' | 'stopped';
}
export type PlatformWord = PlatformEvent | { kind: 'listening'; url: string };

type Kind = PlatformEvent['kind'];

export class Platform {
  readonly program: Program;
  readonly url: Promise<string>;
  #events: PlatformEvent[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(dir: string) {
    const main = fileURLToPath(new URL('./platform-main.ts', import.meta.url));
    this.program = new Program({ name: 'platform', main, env: {}, dir });
    this.url = new Promise((done, failed) => {
      this.program.process.on('message', (event: PlatformWord) => {
        if (event.kind === 'listening') return done(event.url);
        this.#events.push(event);
        for (const check of this.#waiting) check();
      });
      this.program.process.once('exit', () => failed(new Error('the platform has ended')));
    });
  }

  /** How runtimes behave that are started from now on. */
  behave(mode: RuntimeMode): void {
    this.#send({ kind: 'mode', mode });
  }
  report(reports: PlainReports): void {
    this.#send({ kind: 'report', reports });
  }
  /** Forgets what happened so far. */
  forget(): void {
    this.#events = [];
  }
  /** What happened of a kind, in the order it was heard. */
  of(kind: Kind): PlatformEvent[] {
    return this.#events.filter((event) => event.kind === kind);
  }
  /** When a bot's event of a kind happened. Waits for it. */
  async at(kind: Kind, botId: string): Promise<number> {
    const find = () => this.#events.find((event) => event.kind === kind && event.botId === botId);
    await this.#until(() => find() !== undefined, `${kind} of ${botId}`, 30_000);
    return find()?.atMs ?? Number.NaN;
  }
  /** Waits until there are so many events of a kind. Throws when that takes too long. */
  async count(kind: Kind, wanted: number, deadlineMs: number): Promise<void> {
    await this.#until(() => this.of(kind).length >= wanted, `${wanted} times ${kind}`, deadlineMs);
  }

  #send(order: PlatformOrder): void {
    this.program.process.send(order);
  }

  #until(holds: () => boolean, what: string, deadlineMs: number): Promise<void> {
    return new Promise((done, failed) => {
      const end = () => {
        clearTimeout(late);
        this.#waiting.delete(check);
      };
      const check = () => {
        if (!holds()) return;
        end();
        done();
      };
      const late = setTimeout(() => {
        end();
        const failures = this.of('failed')
          .slice(0, 3)
          .map((event) => event.error);
        failed(new Error(`waited ${deadlineMs} ms for ${what}. ${failures.join('; ')}`));
      }, deadlineMs);
      this.#waiting.add(check);
      check();
    });
  }
}
