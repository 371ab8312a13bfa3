// A runtime reduced to what the control plane sees of it: claim, reports, end. It is leaner than the one of the fault
// runs (no faults, no polling timers), because a thousand of them run on the machine that is measured.
import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CLAIM_PATH,
  type ClaimAnswer,
  claimAnswerSchema,
  REPORT_PATH,
  type ReportEntry,
} from '@meeboter/domain/bot-protocol.ts';
import { post } from './http.ts';
import { nowMs } from './measure.ts';

export interface RuntimeOrder {
  deploymentId: string;
  botId: string;
  apiUrl: string;
  claimToken: string;
}

/**
 * `brief`: goes into the call at once, and leaves it after `stayMs`. `live`: knocks at its join time, and stays in
 * the call until it is stopped, reporting one speaker turn every `everyMs`.
 */
export type RuntimeMode = { kind: 'brief'; stayMs: number } | { kind: 'live'; everyMs: number };

export interface RuntimeEvent {
  /** All but `failed` are sent when the API has accepted the call. */
  kind: 'claimed' | 'knocked' | 'admitted' | 'done' | 'reported' | 'failed';
  botId: string;
  /** Ms since 1970. */
  atMs: number;
  /** Of `reported`: time from sending to the answer. */
  tookMs?: number;
  /** Of `failed`. */
  error?: string;
}

/** How long a stop waits for the answer to the last report. */
const LAST_REPORT_MS = 2_000;

export class LeanRuntime {
  readonly #order: RuntimeOrder;
  readonly #mode: RuntimeMode;
  readonly #emit: (event: RuntimeEvent) => void;
  readonly #killed = new AbortController();
  // A connection of its own, as a container has.
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #ended: Promise<void>;
  #claim: ClaimAnswer | null = null;
  #sendsLastReport = false;
  #seq = 0;

  constructor(order: RuntimeOrder, mode: RuntimeMode, emit: (event: RuntimeEvent) => void) {
    this.#order = order;
    this.#mode = mode;
    this.#emit = emit;
    this.#ended = this.#run().catch((error: unknown) => {
      if (!this.#killed.signal.aborted) {
        emit({ kind: 'failed', botId: order.botId, atMs: nowMs(), error: String(error) });
      }
      this.kill();
    });
  }

  get hasEnded(): boolean {
    return this.#killed.signal.aborted;
  }
  /** Ends it. Waits for the answer to its last report first, as platforms give a container time to exit. */
  async stop(): Promise<void> {
    if (this.#sendsLastReport)
      await Promise.race([this.#ended, delay(LAST_REPORT_MS, undefined, { ref: false })]);
    this.kill();
  }
  kill(): void {
    this.#killed.abort();
    this.#agent.destroy();
  }

  async #run(): Promise<void> {
    const { apiUrl, botId, claimToken } = this.#order;
    const request = { runtime_id: `run_${crypto.randomUUID()}`, version: 'bench' };
    const claim = claimAnswerSchema.parse(await post(this.#agent, apiUrl + CLAIM_PATH, request, claimToken));
    this.#claim = claim;
    this.#accepted('claimed');
    if (this.#mode.kind === 'brief') {
      await this.#report(status('IN_CALL', 'admitted'));
      await delay(this.#mode.stayMs, undefined, { signal: this.#killed.signal });
      this.#sendsLastReport = true;
      await this.#report(status('LEAVING', 'everyone_left'), status('DONE', 'finished'));
      this.#accepted('done');
      return this.kill();
    }
    await delay(Math.max(0, Date.parse(claim.join_at) - Date.now()), undefined, {
      signal: this.#killed.signal,
    });
    await this.#report(phase('knocked'), status('IN_WAITING_ROOM', 'knocked'));
    this.#accepted('knocked');
    await this.#report(phase('admitted'), status('IN_CALL', 'admitted'));
    this.#accepted('admitted');
    await this.#stay(botId, this.#mode.everyMs);
  }

  /** Reports every `everyMs`, beginning at a random time. */
  async #stay(botId: string, everyMs: number): Promise<void> {
    for (let dueMs = performance.now() + Math.random() * everyMs; ; dueMs += everyMs) {
      await delay(Math.max(0, dueMs - performance.now()), undefined, { signal: this.#killed.signal });
      const sentAtMs = nowMs();
      const ago = (ms: number) => new Date(sentAtMs - ms).toISOString();
      await this.#report({
        kind: 'speaker_turn',
        external_id: 'somebody',
        started_at: ago(2_000),
        ended_at: ago(500),
      });
      this.#emit({ kind: 'reported', botId, atMs: nowMs(), tookMs: nowMs() - sentAtMs });
    }
  }

  async #report(...entries: ReportEntry[]): Promise<void> {
    if (!this.#claim) return;
    const { attempt, epoch, session_token } = this.#claim;
    this.#seq += 1;
    const report = { attempt, epoch, report_seq: this.#seq, entries };
    await post(this.#agent, this.#order.apiUrl + REPORT_PATH, report, session_token);
  }
  #accepted(kind: 'claimed' | 'knocked' | 'admitted' | 'done'): void {
    this.#emit({ kind, botId: this.#order.botId, atMs: nowMs() });
  }
}

function status(to: 'IN_WAITING_ROOM' | 'IN_CALL' | 'LEAVING' | 'DONE', subCode: string): ReportEntry {
  return { kind: 'status', at: new Date().toISOString(), status: to, sub_code: subCode };
}
function phase(name: 'knocked' | 'admitted'): ReportEntry {
  return { kind: 'phase', at: new Date().toISOString(), phase: name };
}
