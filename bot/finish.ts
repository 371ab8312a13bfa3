// The end of a visit, from wherever it stopped: take evidence when something failed, leave the room, stop
// the recorder, upload what is left, report the last status. A step that fails does not prevent the next one.
import { settledWithin } from './clock.ts';
import type { Deadline, Ending, Facts } from './departure.ts';
import { sendEvidence, takeEvidence } from './evidence.ts';
import { errorFields } from './log.ts';
import { STOP_MS } from './recorder/recorder.ts';
import type { StatusNews } from './session.ts';
import type { Visit } from './visit.ts';

/** Time for uploads and reports after the call, when S3 or the API may be away. Shorter than the lease in the call. */
const FINISH_MS = 10 * 60_000;
/** Time for a fenced runtime that recorded nothing: the API will not accept its reports. */
const FENCED_MS = 10_000;
const LEAVE_MS = 8_000;
const LAST_WORD_MS = 5_000;

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
const EXIT_FENCED = 4;

/** Ends the visit; returns the exit code. */
export async function finish(visit: Visit, ending: Ending): Promise<number> {
  const { session, deadline, departure, recorder, log } = visit;
  departure.ask(ending);
  deadline.endWithin(FINISH_MS);
  if (ending.kind === 'fenced' && !recorder) deadline.endWithin(FENCED_MS);
  const { subCode, detail, facts } = told(ending);

  const { stage } = visit;
  const evidence = needsEvidence(ending) ? await takeEvidence(visit) : [];
  if (visit.admitted) session.status({ status: 'LEAVING', subCode, ...detail, facts });
  if (visit.meeting) await attempt(visit, 'leave', settledWithin(visit.meeting.leave(), LEAVE_MS));
  if (visit.admitted) session.phase('left');
  if (recorder) await attempt(visit, 'stop the recorder', recorder.stop(stopMs(deadline)));
  await attempt(visit, 'close the stage', stage?.close());

  const { uploads, report } = session;
  const { signal } = deadline;
  const [delivery] = await Promise.all([
    recorder ? recorder.deliver(signal).catch(() => 'given_up' as const) : 'empty',
    sendEvidence({ evidence, label: subCode, uploads, report, log, signal }),
  ]);
  if (delivery === 'delivered') session.phase('uploaded');
  const last = lastStatus(ending, visit.admitted, delivery === 'given_up');
  session.status(last);
  const heard = await session.flush(
    AbortSignal.timeout(Math.max(LAST_WORD_MS, Math.ceil(deadline.remainingMs()))),
  );
  log.info('finished', { status: last.status, sub_code: last.subCode, delivery, heard });
  if (ending.kind === 'fenced') return EXIT_FENCED;
  return heard && last.status !== 'FATAL' ? EXIT_OK : EXIT_FAILED;
}

/** How long the recorder may take to stop. A bot that has to be gone soon keeps half of its time for the uploads. */
function stopMs(deadline: Deadline): number {
  return Math.min(STOP_MS, deadline.remainingMs() / 2);
}

/** The status a visit ends with. */
export function lastStatus(ending: Ending, admitted: boolean, undelivered: boolean): StatusNews {
  const { subCode, detail, facts } = told(ending);
  if (ending.kind !== 'leave') return { status: 'FATAL', subCode, ...detail, facts };
  // The facts stay with the last status too: the rule that made the bot leave, and its value.
  if (admitted && undelivered) return { status: 'FATAL', subCode: 'upload_failed', facts };
  if (admitted) return { status: 'DONE', subCode: 'finished', facts };
  if (ending.reason === 'user_requested') return { status: 'CANCELLED', subCode: 'cancelled_by_user', facts };
  return { status: 'FATAL', subCode, facts };
}

function told(ending: Ending): { subCode: string; detail: { detail?: string }; facts: Facts } {
  switch (ending.kind) {
    case 'leave':
      return { subCode: ending.reason, detail: {}, facts: ending.facts };
    case 'fault':
      return {
        subCode: ending.fault.subCode,
        detail: { detail: ending.fault.message },
        facts: ending.fault.facts,
      };
    case 'fenced':
      return { subCode: 'runtime_lost', detail: { detail: `fenced by the ${ending.by}` }, facts: {} };
    default:
      return ending satisfies never;
  }
}

function needsEvidence(ending: Ending): boolean {
  return ending.kind === 'fault' || (ending.kind === 'leave' && ending.reason === 'page_lost');
}

async function attempt({ log }: Visit, what: string, step: Promise<unknown> | undefined): Promise<void> {
  await step?.catch((error: unknown) => log.error('step failed', { step: what, ...errorFields(error) }));
}
