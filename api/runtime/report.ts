// POST /runtime/v1/report: what a runtime says while it lives, and what it hears back.

import type { Settings } from '@meeboter/chassis/env.ts';
import { botLateness } from '@meeboter/chassis/metrics.ts';
import { requestStop } from '@meeboter/deployer/inbox.ts';
import type { ReportAnswer, ReportRequest } from '@meeboter/domain/bot-protocol.ts';
import { BEFORE_ADMISSION_STATUSES, type BotStatus, isIn, isTerminal } from '@meeboter/domain/status.ts';
import { lockReportingBot, renewLease } from '@meeboter/prisma/sql/report.ts';
import type { ApiContext } from '../context.ts';
import { applyEntry, type Reporting } from './apply-entry.ts';
import { fenced } from './require-runtime.ts';

/**
 * Takes a report in one transaction, renews the lease and answers with commands. A report sent
 * again (same number) changes nothing and gets the same kind of answer. Throws 409 `fenced`.
 */
export async function takeReport(
  context: ApiContext,
  runtime: { deploymentId: string; runtimeId: string },
  report: ReportRequest,
): Promise<ReportAnswer> {
  const { db, log } = context;
  const outcome = await db.$transaction(async (tx) => {
    const locked = await lockReportingBot(tx, {
      ...runtime,
      epoch: BigInt(report.epoch),
      attempt: report.attempt,
    });
    if (!locked) return null;
    const reporting: Reporting = {
      tx,
      log,
      deploymentId: runtime.deploymentId,
      botId: locked.bot_id,
      attempt: locked.attempt,
      status: locked.status,
    };
    const isNew = report.report_seq > locked.last_report_seq;
    if (isNew) for (const entry of report.entries) await applyEntry(reporting, entry);
    const leaseMs = leaseOf(context.settings, reporting.status);
    await renewLease(tx, { deploymentId: runtime.deploymentId, reportSeq: report.report_seq, leaseMs });
    return {
      status: reporting.status,
      leaseMs,
      leaveRequested: locked.leave_requested,
      gaveUp: reporting.gaveUp,
      knock: reporting.knock,
    };
  });
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

/** Short while a successor may be sent, long once none is. */
function leaseOf(settings: Settings, status: BotStatus): number {
  return isIn(BEFORE_ADMISSION_STATUSES, status)
    ? settings.LEASE_BEFORE_ADMISSION_MS
    : settings.LEASE_IN_CALL_MS;
}
