// Starts the fake platform's process, and collects its events.
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

/** An event of the platform or of a runtime. `start`: the call arrived. `stopped`: the stop was confirmed. */
export interface PlatformEvent extends Omit<RuntimeEvent, 'kind'> {
  kind: RuntimeEvent['kind'] | 'start' | 'stopped';
}
export type PlatformMessage = PlatformEvent | { kind: 'listening'; url: string };

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
      this.program.process.on('message', (event: PlatformMessage) => {
        if (event.kind === 'listening') return done(event.url);
        this.#events.push(event);
        for (const check of this.#waiting) check();
      });
      this.program.process.once('exit', () => failed(new Error('the platform has ended')));
    });
  }

  /** Sets how runtimes behave that are started from now on. */
  behave(mode: RuntimeMode): void {
    this.#send({ kind: 'mode', mode });
  }
  /** Starts sending the baseline's reports. */
  report(reports: PlainReports): void {
    this.#send({ kind: 'report', reports });
  }
  /** Deletes the events so far. */
  forget(): void {
    this.#events = [];
  }
  /** The events of a kind, in order of arrival. */
  of(kind: Kind): PlatformEvent[] {
    return this.#events.filter((event) => event.kind === kind);
  }
  /** Waits for a bot's event of a kind, and returns its time. Throws after 30 s. */
  async at(kind: Kind, botId: string): Promise<number> {
    const find = () => this.#events.find((event) => event.kind === kind && event.botId === botId);
    await this.#until(() => find() !== undefined, `${kind} of ${botId}`, 30_000);
    return find()?.atMs ?? Number.NaN;
  }
  /** Waits until there are `wanted` events of a kind. Throws after the deadline. */
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
