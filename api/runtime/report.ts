// POST /runtime/v1/report: what a runtime says while it lives, and what it hears back.
import type { Settings } from '@meeboter/chassis/env.ts';
import { botLateness } from '@meeboter/chassis/metrics.ts';
import { requestStop } from '@meeboter/deployer/inbox.ts';
import type { ReportAnswer, ReportEntry, ReportRequest } from '@meeboter/domain/bot-protocol.ts';
import { BEFORE_ADMISSION_STATUSES, type BotStatus, isIn, isTerminal } from '@meeboter/domain/status.ts';
import type { Db } from '@meeboter/prisma/client.ts';
import { gather } from '@meeboter/prisma/gather.ts';
import {
  type AcceptedReport,
  type Heard,
  hearReport,
  hearReports,
  setLeases,
} from '@meeboter/prisma/sql/report.ts';
import type { ApiContext } from '../context.ts';
import { applyEntries, goesWithOthers, isOrdered, writeLog } from './apply-entries.ts';
import type { Reporting } from './apply-entry.ts';
import { fenced } from './require-runtime.ts';

interface Said extends Heard {
  entries: readonly ReportEntry[];
}

/** In a rush. A thousand bots in their calls send 200 a second; then most find nobody to go with. */
const GATHER = { most: 50, atOnce: 2 };

/**
 * The handler of a report: takes it in one transaction, with others that come at the same time, renews
 * the lease and answers with commands. A report sent again (same number) changes nothing and gets the
 * same kind of answer. Throws 409 `fenced`.
 */
export function reporter(context: ApiContext) {
  const alone = async (said: Said) => (await hear(context, [said], hearOne))[0] ?? null;
  const together = () =>
    gather<Said, Reporting | null>({
      together: (said) => hear(context, said, hearReports),
      alone,
      ...GATHER,
    });
  // A sign of life never waits for an account, as a change of status may.
  const [hearLife, hearNews] = [together(), together()];

  return async (
    { deploymentId, runtimeId }: { deploymentId: string; runtimeId: string },
    { epoch, attempt, report_seq: seq, entries }: ReportRequest,
  ): Promise<ReportAnswer> => {
    const said = { deploymentId, runtimeId, epoch: BigInt(epoch), attempt, seq, entries };
    const hearThis = !goesWithOthers(entries) ? alone : entries.some(isOrdered) ? hearNews : hearLife;
    const heard = await hearThis(said);
    if (!heard) throw fenced();

    // After the commit: a report that is taken back and sent again counts once.
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
      lease_ms: leaseOf(context.settings, heard.status),
      commands: heard.leaveRequested && !leaving ? [{ kind: 'leave', reason: 'user_requested' }] : [],
    };
  };
}

type Listen = typeof hearReports;
const hearOne: Listen = (db, said, leases) =>
  Promise.all(said.map(async (one) => (await hearReport(db, one, leases)) ?? undefined));

/** Takes reports in, all or none. One answer for each; undefined for one that was not heard. */
async function hear(context: ApiContext, said: readonly Said[], listen: Listen) {
  const { db, log, settings } = context;
  const leases = {
    leaseBeforeAdmissionMs: settings.LEASE_BEFORE_ADMISSION_MS,
    leaseInCallMs: settings.LEASE_IN_CALL_MS,
  };
  const listenTo = async (to: Db) => {
    const accepted = await listen(to, said, leases);
    return said.map((one, index) => reportingOf(one, accepted[index], log));
  };
  // Nothing but signs of life: one statement.
  if (said.every(({ entries }) => entries.length === 0)) return listenTo(db);
  return db.$transaction(async (tx) => {
    const heard = await listenTo(tx);
    const applied = heard.flatMap((one) => (one && !one.isRepeated ? [one] : []));
    const leaseMsBefore = applied.map(({ status }) => leaseOf(settings, status));
    await applyEntries(tx, applied);
    const changed = applied
      .map(({ deploymentId, status }) => ({ deploymentId, leaseMs: leaseOf(settings, status) }))
      .filter(({ leaseMs }, index) => leaseMs !== leaseMsBefore[index]);
    if (changed.length > 0) await setLeases(tx, changed);
    return heard;
  });
}

function reportingOf(
  { deploymentId, seq, entries }: Said,
  accepted: AcceptedReport | undefined,
  log: ApiContext['log'],
): Reporting | undefined {
  return (
    accepted && {
      ...{ log, deploymentId, deploymentPlatform: accepted.deployment_platform, entries },
      ...{ botId: accepted.bot_id, attempt: accepted.attempt, status: accepted.status },
      ...{ leaveRequested: accepted.leave_requested, isRepeated: seq <= accepted.last_report_seq },
    }
  );
}

/** Short while a successor may be sent, long once none is. */
function leaseOf(settings: Settings, status: BotStatus): number {
  return isIn(BEFORE_ADMISSION_STATUSES, status)
    ? settings.LEASE_BEFORE_ADMISSION_MS
    : settings.LEASE_IN_CALL_MS;
}
