// A claimed bot's connection to the API: sends reports, and receives commands and fencing.
import type { ReportEntry, RuntimePhase } from '@meeboter/domain/bot-protocol.ts';
import type { RuntimeStatus } from '@meeboter/domain/status.ts';
import type { ServerClock } from './clock.ts';
import type { Deadline, Departure, Facts } from './departure.ts';
import type { RootLog } from './log.ts';
import type { RuntimeApi, Uploads } from './runtime/api.ts';
import type { Claimed } from './runtime/claim.ts';
import { Lease } from './runtime/lease.ts';
import { Reporter } from './runtime/reporter.ts';

/** After the server has fenced the runtime, requests under way get this long, and nothing is retried. */
const FENCED_MS = 10_000;

export interface StatusNews {
  status: RuntimeStatus;
  subCode: string;
  detail?: string;
  facts?: Facts;
}

export interface Session {
  report(entry: ReportEntry): void;
  status(news: StatusNews): void;
  /** Reports a phase. `when` is given where the exact time is known; the default is now. */
  phase(phase: RuntimePhase, when?: Date): void;
  uploads: Uploads;
  /** Display names of this installation's other bots in the same call, as the API last said. */
  botsHere(): readonly string[];
  readonly lease: Pick<Lease, 'held'>;
  /** Resolves to whether the API acknowledged everything before the signal was aborted. */
  flush(signal: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}

/** Starts the heartbeat. It continues until `close`, during uploads too. */
export function openSession(options: {
  api: RuntimeApi;
  claim: Claimed;
  departure: Departure;
  deadline: Deadline;
  clock: ServerClock;
  log: RootLog;
}): Session {
  const { api, claim, departure, deadline, clock, log } = options;
  const token = claim.session_token;
  const closed = new AbortController();
  let botsHere: readonly string[] = [];
  const lease = new Lease({
    clock,
    sinceMs: claim.claimedAtBootMs,
    leaseMs: claim.lease_before_admission_ms,
    onLapsed: (ageMs) => {
      if (departure.ask({ kind: 'fenced', by: 'clock' }))
        log.error('the lease lapsed: leaving', { age_ms: ageMs });
    },
  });
  const reporter = new Reporter({
    send: (report, signal) => api.report(token, report, signal),
    attempt: claim.attempt,
    epoch: claim.epoch,
    intervalMs: claim.report_interval_ms,
    clock,
    lease,
    log,
    onServerTime: (serverTime) => clock.hear(serverTime),
    onBotsHere: (names) => {
      botsHere = names;
    },
    onCommands: (commands) => {
      for (const { kind, reason } of commands) {
        if (departure.ask({ kind, reason, facts: {} })) log.info('told to leave', { reason });
      }
    },
    onFenced: () => {
      log.error('fenced: another runtime has this bot, or the bot has ended');
      departure.ask({ kind: 'fenced', by: 'server' });
      deadline.endWithin(FENCED_MS);
    },
  });
  const at = () => clock.now().toISOString();
  const report = (entry: ReportEntry) => reporter.add(entry);
  forwardLog(log, report, at);
  reporter.startReporting();
  lease.startChecking();
  return {
    report,
    status({ status, subCode, detail, facts }) {
      log.info('status', { status, sub_code: subCode, detail });
      report({
        kind: 'status',
        at: at(),
        status,
        sub_code: subCode,
        ...(detail === undefined ? {} : { detail: detail.slice(0, 2_000) }),
        ...(facts === undefined || Object.keys(facts).length === 0 ? {} : { facts: shortened(facts) }),
      });
    },
    phase(phase, when) {
      log.info('phase', { phase });
      report({ kind: 'phase', at: when?.toISOString() ?? at(), phase });
    },
    uploads: (request) => api.uploads(token, request, closed.signal),
    botsHere: () => botsHere,
    lease,
    flush: (signal) => reporter.flush(signal),
    async close() {
      lease.stopChecking();
      closed.abort();
      await reporter.stopReporting();
    },
  };
}

function forwardLog(log: RootLog, report: (entry: ReportEntry) => void, at: () => string): void {
  log.forward((level, message) => report({ kind: 'log', at: at(), level, message: message.slice(0, 4_000) }));
}

function shortened(facts: Facts): Facts {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.slice(0, 500) : value,
    ]),
  );
}
