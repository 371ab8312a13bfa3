// Reports to the API what happens, and receives its commands. One report is in flight at a time. It is sent
// again with the same number and content until the API acknowledges it, so the server applies every entry
// once and in order. Reports are also the heartbeat, so they continue until the process exits.
import type {
  ReportAnswer,
  ReportEntry,
  ReportRequest,
  RuntimeCommand,
} from '@meeboter/domain/bot-protocol.ts';
import { backoffMs, type Clock, sleep } from '../clock.ts';
import { errorFields, type Log } from '../log.ts';
import { ApiError } from './api.ts';
import type { Lease } from './lease.ts';
import { Outbox } from './outbox.ts';

export interface ReporterOptions {
  send: (report: ReportRequest, signal: AbortSignal) => Promise<ReportAnswer>;
  attempt: number;
  epoch: string;
  intervalMs: number;
  clock: Clock;
  lease: Pick<Lease, 'renew'>;
  log: Log;
  onCommands: (commands: readonly RuntimeCommand[]) => void;
  /** Called with the server's time from each answer. */
  onServerTime?: (serverTime: string) => void;
  /** Called with the names of the installation's other bots in the call, from each answer. */
  onBotsHere?: (names: readonly string[]) => void;
  onFenced: () => void;
}

/** Kinds that are reported at once. The others wait for the next heartbeat. */
const URGENT: ReadonlySet<ReportEntry['kind']> = new Set([
  'status',
  'phase',
  'part_uploaded',
  'evidence',
  'recording_state',
  'notice',
]);

export class Reporter {
  readonly #options: ReporterOptions;
  readonly #outbox: Outbox;
  readonly #stopped = new AbortController();
  #wake = new AbortController();
  #hurry = false;
  #inFlight: ReportRequest | null = null;
  #seq = 0;
  #loop: Promise<void> = Promise.resolve();
  #flushed: Array<() => void> = [];

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#outbox = new Outbox(() => options.clock.now());
  }

  startReporting(): void {
    this.#loop = this.#run();
  }

  add(entry: ReportEntry): void {
    this.#outbox.add(entry);
    if (URGENT.has(entry.kind)) this.#wakeUp();
  }

  /** Resolves to true once everything added so far is acknowledged, to false if the signal or fencing comes first. */
  async flush(signal: AbortSignal): Promise<boolean> {
    if (this.#isClear()) return true;
    const stopped = AbortSignal.any([signal, this.#stopped.signal]);
    if (stopped.aborted) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#flushed.push(() => resolve(true));
    stopped.addEventListener('abort', () => resolve(false), { once: true });
    this.#wakeUp();
    return promise;
  }

  /** Stops at once, and also drops the report in flight. */
  async stopReporting(): Promise<void> {
    this.#stopped.abort(new Error('reporter stopped'));
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, intervalMs, log } = this.#options;
    const stop = this.#stopped.signal;
    for (let failures = 0; !stop.aborted; ) {
      const sentAtMs = clock.monotonicMs();
      try {
        await this.#sendNext();
        failures = 0;
      } catch (error) {
        if (stop.aborted) return;
        failures += 1;
        if (!this.#survive(error)) return;
        if (failures === 1) log.warn('report failed, retrying', { ...errorFields(error), stack: undefined });
        await sleep(backoffMs(failures, 300, intervalMs), stop).catch(() => undefined);
        continue;
      }
      await this.#pause(sentAtMs + intervalMs - clock.monotonicMs());
    }
  }

  async #sendNext(): Promise<void> {
    const { attempt, epoch, clock, lease, send, onCommands } = this.#options;
    this.#hurry = false;
    this.#inFlight ??= { attempt, epoch, report_seq: ++this.#seq, entries: this.#outbox.take() };
    const sentAtBootMs = clock.sinceBootMs();
    const answer = await send(this.#inFlight, this.#stopped.signal);
    if (answer.server_time !== undefined) this.#options.onServerTime?.(answer.server_time);
    this.#options.onBotsHere?.(answer.bots_here);
    if (answer.acknowledged_seq < this.#inFlight.report_seq) {
      throw new ApiError('report: the answer acknowledges an older report', { retryable: true });
    }
    this.#inFlight = null;
    lease.renew(sentAtBootMs, answer.lease_ms);
    onCommands(answer.commands);
    if (this.#isClear()) for (const resolve of this.#flushed.splice(0)) resolve();
  }

  /** Handles a failed report. Returns false when the loop has to end. */
  #survive(error: unknown): boolean {
    if (error instanceof ApiError && error.fenced) {
      this.#stopped.abort(new Error('fenced'));
      this.#options.onFenced();
      return false;
    }
    if (error instanceof ApiError && error.refusedContent) this.#cutSmaller();
    return true;
  }

  /**
   * The server rejected the report's content. So that one bad entry does not block the rest, the report is
   * halved until that entry is alone in it, and then the entry is dropped. The report keeps its number,
   * which the server has not accepted yet.
   */
  #cutSmaller(): void {
    const report = this.#inFlight;
    if (!report || report.entries.length === 0) return;
    if (report.entries.length === 1) {
      this.#options.log.error('dropped an entry that the API rejects', { kind: report.entries[0]?.kind });
    }
    const half = Math.floor(report.entries.length / 2);
    this.#outbox.putBack(report.entries.length === 1 ? [] : report.entries.slice(half));
    this.#inFlight = { ...report, entries: report.entries.slice(0, half) };
  }

  #isClear(): boolean {
    return this.#inFlight === null && this.#outbox.size === 0;
  }

  #wakeUp(): void {
    this.#hurry = true;
    this.#wake.abort();
  }

  async #pause(ms: number): Promise<void> {
    if (this.#hurry || this.#flushed.length > 0) return;
    this.#wake = new AbortController();
    await sleep(ms, AbortSignal.any([this.#wake.signal, this.#stopped.signal])).catch(() => undefined);
  }
}
