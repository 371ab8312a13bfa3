// POST /runtime/v1/report: what a runtime says while it lives, and what it hears back.
import type { Settings } from '@meeboter/chassis/env.ts';
import { botLateness } from '@meeboter/chassis/metrics.ts';
import { requestStop } from '@meeboter/deployer/inbox.ts';
import type { ReportAnswer, ReportEntry, ReportRequest } from '@meeboter/domain/bot-protocol.ts';
import { BEFORE_ADMISSION_STATUSES, type BotStatus, isIn, isTerminal } from '@meeboter/domain/status.ts';
import { type AcceptedReport, hearReport, type Speaker, setLease } from '@meeboter/prisma/sql/report.ts';
import type { ApiContext } from '../context.ts';
import { applyEntry, type Knock, type Reporting } from './apply-entry.ts';
import { fenced } from './require-runtime.ts';

interface Outcome {
  status: BotStatus;
  leaseMs: number;
  leaveRequested: boolean;
  gaveUp?: boolean | undefined;
  knock?: Knock | undefined;
}

/**
 * Takes a report in one transaction, renews the lease and answers with commands. A report sent
 * again (same number) changes nothing and gets the same kind of answer. Throws 409 `fenced`.
 */
export async function takeReport(
  context: ApiContext,
  runtime: { deploymentId: string; runtimeId: string },
  report: ReportRequest,
): Promise<ReportAnswer> {
  const outcome = await hear(
    context,
    { ...runtime, epoch: BigInt(report.epoch), attempt: report.attempt },
    report,
  );
  if (!outcome) throw fenced();

  // After the commit: a report that is taken back and sent again counts once.
  if (outcome.knock) {
    const { deploymentPlatform, latenessMs } = outcome.knock;
    botLateness.observe({ deployment_platform: deploymentPlatform }, latenessMs / 1_000);
  }
  if (isTerminal(outcome.status) || outcome.gaveUp) await requestStop(context.jobs, runtime.deploymentId);
  const leaving = outcome.status === 'LEAVING' || isTerminal(outcome.status);
  return {
    acknowledged_seq: report.report_seq,
    lease_ms: outcome.leaseMs,
    commands: outcome.leaveRequested && !leaving ? [{ kind: 'leave', reason: 'user_requested' }] : [],
  };
}

async function hear(context: ApiContext, speaker: Speaker, report: ReportRequest): Promise<Outcome | null> {
  const { db, log, settings } = context;
  const taken = {
    seq: report.report_seq,
    leaseBeforeAdmissionMs: settings.LEASE_BEFORE_ADMISSION_MS,
    leaseInCallMs: settings.LEASE_IN_CALL_MS,
  };
  const unchanged = (heard: AcceptedReport): Outcome => ({
    status: heard.status,
    leaseMs: leaseOf(settings, heard.status),
    leaveRequested: heard.leave_requested,
  });
  if (report.entries.length === 0) {
    const heard = await hearReport(db, speaker, taken);
    return heard && unchanged(heard);
  }
  return db.$transaction(async (tx) => {
    const heard = await hearReport(tx, speaker, taken);
    if (!heard) return null;
    if (report.report_seq <= heard.last_report_seq) return unchanged(heard);
    const reporting: Reporting = {
      ...{ tx, log, deploymentId: speaker.deploymentId, deploymentPlatform: heard.deployment_platform },
      ...{ botId: heard.bot_id, attempt: heard.attempt, status: heard.status },
    };
    // Stamps first: a change of status locks the account's counter until the commit.
    const isStamp = (entry: ReportEntry) => entry.kind === 'phase';
    const entries = [...report.entries.filter(isStamp), ...report.entries.filter((it) => !isStamp(it))];
    for (const entry of entries) await applyEntry(reporting, entry);
    const leaseMs = leaseOf(settings, reporting.status);
    if (leaseMs !== leaseOf(settings, heard.status)) await setLease(tx, speaker.deploymentId, leaseMs);
    const { status, gaveUp, knock } = reporting;
    return { status, leaseMs, leaveRequested: heard.leave_requested, gaveUp, knock };
  });
}

/** Short while a successor may be sent, long once none is. */
function leaseOf(settings: Settings, status: BotStatus): number {
  return isIn(BEFORE_ADMISSION_STATUSES, status)
    ? settings.LEASE_BEFORE_ADMISSION_MS
    : settings.LEASE_IN_CALL_MS;
}
