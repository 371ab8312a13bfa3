// POST /runtime/v1/report: what a runtime tells while it lives, and the commands it gets back.
import type { ApiSettings } from '@meeboter/chassis/env.ts';
import { botLateness } from '@meeboter/chassis/metrics.ts';
import { requestStop } from '@meeboter/deployer/inbox.ts';
import type { ReportAnswer, ReportEntry, ReportRequest } from '@meeboter/domain/bot-protocol.ts';
import { BEFORE_ADMISSION_STATUSES, type BotStatus, isIn, isTerminal } from '@meeboter/domain/status.ts';
import type { Db } from '@meeboter/prisma/client.ts';
import { lockBotOfDeployment } from '@meeboter/prisma/sql/lock-bot.ts';
import { hearReport, type Speaker, setLease } from '@meeboter/prisma/sql/report.ts';
import pLimit from 'p-limit';
import type { ApiContext } from '../context.ts';
import { applyReport, entriesOf, isKeptAtOnce, type Reporting, writeLog } from './apply-report.ts';
import { refuseExcess, refuseFutureTimes } from './report-limits.ts';
import { fenced } from './require-runtime.ts';

type Report = Speaker & { seq: number; entries: readonly ReportEntry[] };

/** A report with more entries than this is what has piled up during an outage, or a flood. */
const BIG_REPORT_ENTRIES = 20;
/**
 * Big reports that are taken in at the same time. They wait for each other, so that after an outage of
 * many bots most connections stay free for heartbeats and for news.
 */
const BIG_REPORTS_AT_ONCE = 2;

/**
 * The handler of a report. A heartbeat is one statement, with speaker turns and uploaded parts too; news is
 * one short transaction, which locks this bot and nothing that another bot needs. Renews the lease, and answers with commands. A report
 * sent again (same number) changes nothing and gets the same kind of answer.
 * Throws 409 `fenced`, and 422 for what exceeds a runtime's limits.
 */
export function reporter(context: ApiContext) {
  const { db, settings } = context;
  const whenFew = pLimit(BIG_REPORTS_AT_ONCE);

  const hear = async (to: Db, report: Report): Promise<Reporting> => {
    const { entries } = report;
    const kept = {
      entryCount: entries.length,
      turns: entriesOf(entries, 'speaker_turn'),
      parts: entriesOf(entries, 'part_uploaded'),
    };
    const accepted = await hearReport(
      to,
      { ...report, ...kept },
      {
        leaseBeforeAdmissionMs: settings.LEASE_BEFORE_ADMISSION_MS,
        leaseInCallMs: settings.LEASE_IN_CALL_MS,
      },
    );
    if (!accepted) throw fenced();
    refuseExcess(context, accepted, entries);
    return {
      ...{ log: context.log, deploymentId: report.deploymentId, entries },
      ...{ deploymentPlatform: accepted.deployment_platform, leaveRequested: accepted.leave_requested },
      ...{ botId: accepted.bot_id, attempt: accepted.attempt, status: accepted.status },
      isRepeated: accepted.is_repeated,
    };
  };

  const hearNews = (report: Report): Promise<Reporting> =>
    db.$transaction(async (tx) => {
      if (!(await lockBotOfDeployment(tx, report.deploymentId))) throw fenced();
      const reporting = await hear(tx, report);
      if (reporting.isRepeated) return reporting;
      const leaseMsBefore = leaseOf(settings, reporting.status);
      await applyReport(tx, reporting);
      const leaseMs = leaseOf(settings, reporting.status);
      if (leaseMs !== leaseMsBefore) await setLease(tx, report.deploymentId, leaseMs);
      return reporting;
    });

  return async (
    { deploymentId, runtimeId }: { deploymentId: string; runtimeId: string },
    { epoch, attempt, report_seq: seq, entries }: ReportRequest,
  ): Promise<ReportAnswer> => {
    refuseFutureTimes(entries, new Date());
    const report = { deploymentId, runtimeId, epoch: BigInt(epoch), attempt, seq, entries };
    const hearIt = () => (entries.every(isKeptAtOnce) ? hear(db, report) : hearNews(report));
    const heard = await (entries.length > BIG_REPORT_ENTRIES ? whenFew(hearIt) : hearIt());

    // After the commit: a report that was rolled back and is sent again counts once.
    if (!heard.isRepeated) writeLog(heard);
    if (heard.knock) {
      const { deploymentPlatform, knock } = heard;
      botLateness.observe({ deployment_platform: deploymentPlatform }, knock.latenessMs / 1_000);
    }
    if (isTerminal(heard.status) || heard.gaveUp) await requestStop(context.jobs, deploymentId);
    const leaving = heard.status === 'LEAVING' || isTerminal(heard.status);
    return {
      acknowledged_seq: seq,
      server_time: new Date().toISOString(),
      lease_ms: leaseOf(settings, heard.status),
      commands: heard.leaveRequested && !leaving ? [{ kind: 'leave', reason: 'user_requested' }] : [],
    };
  };
}

/** Short while a successor may be sent, long once none is. */
function leaseOf(settings: ApiSettings, status: BotStatus): number {
  return isIn(BEFORE_ADMISSION_STATUSES, status)
    ? settings.LEASE_BEFORE_ADMISSION_MS
    : settings.LEASE_IN_CALL_MS;
}
