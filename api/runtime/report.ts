// POST /runtime/v1/report: a runtime's heartbeats and news; the answer carries commands.
import type { ApiSettings } from '@meeboter/chassis/env.ts';
import { botLateness } from '@meeboter/chassis/metrics.ts';
import { requestStop } from '@meeboter/deployer/inbox.ts';
import type { ReportAnswer, ReportEntry, ReportRequest } from '@meeboter/domain/bot-protocol.ts';
import { BEFORE_ADMISSION_STATUSES, type BotStatus, isIn, isTerminal } from '@meeboter/domain/status.ts';
import type { Db } from '@meeboter/prisma/client.ts';
import { lockBotOfDeployment } from '@meeboter/prisma/sql/lock-bot.ts';
import { hearReport, type ReportingBot, type Speaker, setLease } from '@meeboter/prisma/sql/report.ts';
import pLimit from 'p-limit';
import type { ApiContext } from '../context.ts';
import { applyReport, entriesOf, isKeptAtOnce, type Reporting, writeLog } from './apply-report.ts';
import { arrivalOf, arrivals, leasesOf } from './arrivals.ts';
import { entryLimitOf, refuseExcess, refuseFutureTimes } from './report-limits.ts';
import { refuseRuntime } from './require-runtime.ts';

type Report = Speaker & { seq: number; entries: readonly ReportEntry[] };

/** A report with more entries than this has accumulated during an outage, or is a flood. */
const BIG_REPORT_ENTRIES = 20;
/**
 * How many big reports are applied at the same time; others wait. After an outage of many bots most database
 * connections stay free for heartbeats and small reports.
 */
const BIG_REPORTS_AT_ONCE = 2;

/**
 * Creates the handler of reports. It renews the lease, applies the entries, and answers with commands. A
 * report with only speaker turns, uploaded parts and log lines, such as a heartbeat, is one statement; reports of
 * bots on their way into the call share statements; any other is one short transaction, which locks this bot and no
 * row that another bot needs. The entries of a report number that
 * was accepted before are ignored, and it is acknowledged again. Throws 409 `fenced`, and 422 for what exceeds a
 * runtime's limits.
 */
export function reporter(context: ApiContext) {
  const { db, settings } = context;
  const limitBig = pLimit(BIG_REPORTS_AT_ONCE);
  const hearArrival = arrivals(context);

  const reportingOf = (
    { deploymentId, entries }: Report,
    bot: ReportingBot & { bots_here: string[] },
  ): Reporting => ({
    ...{ log: context.log, deploymentId, entries, isRepeated: false, knockLateMs: null },
    ...{ deploymentPlatform: bot.deployment_platform, leaveRequested: bot.leave_requested },
    ...{ botId: bot.bot_id, attempt: bot.attempt, status: bot.status, botsHere: bot.bots_here },
  });

  const accept = async (to: Db, report: Report): Promise<Reporting> => {
    const { entries } = report;
    const kept = {
      entryCount: entries.length,
      entryLimit: entryLimitOf(entries),
      turns: entriesOf(entries, 'speaker_turn'),
      parts: entriesOf(entries, 'part_uploaded'),
    };
    const accepted = await hearReport(to, { ...report, ...kept }, leasesOf(settings));
    if (!accepted) return refuseRuntime(to, report.deploymentId);
    refuseExcess(context, accepted);
    return { ...reportingOf(report, accepted), isRepeated: accepted.is_repeated };
  };

  const acceptNews = (report: Report): Promise<Reporting> =>
    db.$transaction(async (tx) => {
      if (!(await lockBotOfDeployment(tx, report.deploymentId))) {
        return refuseRuntime(tx, report.deploymentId);
      }
      const reporting = await accept(tx, report);
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
    const apply = async () => {
      if (entries.every(isKeptAtOnce)) return accept(db, report);
      const arrival = arrivalOf(entries);
      const heard = arrival && (await hearArrival({ ...report, ...arrival }));
      return heard ? { ...reportingOf(report, heard), knockLateMs: heard.knock_late_ms } : acceptNews(report);
    };
    const accepted = await (entries.length > BIG_REPORT_ENTRIES ? limitBig(apply) : apply());

    // After the commit, so that a report that is rolled back and sent again is logged and counted once.
    if (!accepted.isRepeated) writeLog(accepted);
    const { deploymentPlatform, knockLateMs } = accepted;
    if (knockLateMs !== null) {
      botLateness.observe({ deployment_platform: deploymentPlatform }, Math.max(0, knockLateMs) / 1_000);
    }
    if (isTerminal(accepted.status) || accepted.gaveUp) {
      await requestStop(context.jobs, { id: deploymentId, deployment_platform: deploymentPlatform });
    }
    const leaving = accepted.status === 'LEAVING' || isTerminal(accepted.status);
    return {
      acknowledged_seq: seq,
      server_time: new Date().toISOString(),
      lease_ms: leaseOf(settings, accepted.status),
      commands: accepted.leaveRequested && !leaving ? [{ kind: 'leave', reason: 'user_requested' }] : [],
      bots_here: accepted.botsHere,
    };
  };
}

/** Short before admission, when a successor may be sent; long after it, when none is. */
function leaseOf(settings: ApiSettings, status: BotStatus): number {
  return isIn(BEFORE_ADMISSION_STATUSES, status)
    ? settings.LEASE_BEFORE_ADMISSION_MS
    : settings.LEASE_IN_CALL_MS;
}
