// Joins the meeting and stays in it: open the browser, prepare, wait for the join time, knock, wait for
// admission, stay. Every wait ends at once when something asks the bot to leave. Whatever this throws
// becomes the reason why the visit ends.

import type { BrowserNeeds } from './browser/browser.ts';
import { stay } from './call.ts';
import { type Clock, orAborted, sleep } from './clock.ts';
import type { Ending } from './departure.ts';
import { callForHelp } from './help.ts';
import { errorFields } from './log.ts';
import { type Meeting, MeetingFault } from './meeting.ts';
import { startRecorder } from './recorder/recorder.ts';
import type { HeldLease } from './runtime/lease.ts';
import { openStage, type SilentStage, type Stage } from './stage.ts';
import type { Visit } from './visit.ts';

/** Attends the meeting until something ends it. */
export async function attend(visit: Visit): Promise<Ending> {
  const { claim, session, departure, clock, log } = visit;
  const { signal } = departure;
  const inCall = new AbortController();
  endInTime(visit, inCall.signal);
  const onFault = (fault: MeetingFault) => {
    if (departure.ask({ kind: 'fault', fault }))
      log.error('fault', { sub_code: fault.subCode, error: fault.message });
  };

  const driver = await visit.loadDriver(claim);
  const stage = await open(visit, driver.needs, onFault);
  const meeting = await driver.create(stage, claim, log);
  visit.meeting = meeting;
  await orAborted(meeting.prepare(session.lease.held(signal)), signal);
  session.phase('browser_ready');

  await joinTime(visit);
  const knockedAt = await orAborted(meeting.knock(session.lease.held(signal)), signal);
  session.phase('knocked', clock.stampOf(knockedAt));
  const admittedAt = await admission(visit, meeting);

  const admittedAtMs = clock.monotonicMs();
  visit.admitted = true;
  inCall.abort();
  const lease = session.lease.held(signal);
  if ('sound' in stage) {
    visit.recorder = startRecorder({
      stage,
      recording: claim.recording,
      spillFolder: `${visit.folder}/parts`,
      uploads: session.uploads,
      report: session.report,
      clock,
      log,
      onFault,
    });
  }
  session.status({ status: 'IN_CALL', subCode: 'admitted' });
  session.phase('admitted');
  if (claim.entry_message !== null) sayHello(visit, meeting, claim.entry_message, lease);

  const { reason, facts } = await stay({
    meeting,
    rules: claim.leave_rules,
    endAt: claim.end_at,
    noteTakers: claim.note_takers,
    botsHere: () => session.botsHere(),
    admittedAt: clock.stampOf(admittedAt),
    admittedAtMs,
    clock,
    report: session.report,
    lease,
  });
  return { kind: 'leave', reason, facts };
}

/** Writes the booking's line into the chat, such as one that asks for consent. The call goes on without it. */
function sayHello({ log }: Visit, meeting: Meeting, text: string, lease: HeldLease): void {
  meeting.write(text, lease).then(
    (sent) => {
      if (!sent) log.warn('the entry message could not be written into the chat');
    },
    (error: unknown) => log.warn('the entry message failed', { ...errorFields(error), stack: undefined }),
  );
}

/** The bot's estimate of the server's clock improves with every report, so it checks the time this often. */
const LOOK_AGAIN_MS = 1_000;

/** Waits until the join time by the server's clock. Returns at once when it has passed. */
function joinTime({ claim, clock, departure }: Visit): Promise<void> {
  return timeOf(claim.join_at, clock, departure.signal);
}

/** Waits for a moment of the server's clock. Rejects with the signal's reason when the signal is aborted before. */
async function timeOf(at: string, clock: Clock, signal: AbortSignal): Promise<void> {
  const leftMs = () => Date.parse(at) - clock.now().getTime();
  while (leftMs() > 0) await sleep(Math.min(leftMs(), LOOK_AGAIN_MS), signal);
}

/**
 * Makes the bot leave with `end_time` when the booking's latest moment comes before admission. In the call the leave
 * rules do that. Stops when `admitted` is aborted.
 */
function endInTime({ claim, clock, departure }: Visit, admitted: AbortSignal): void {
  if (claim.end_at === null) return;
  timeOf(claim.end_at, clock, AbortSignal.any([admitted, departure.signal])).then(
    () => departure.ask({ kind: 'leave', reason: 'end_time', facts: { rule: 'end_at' } }),
    () => undefined,
  );
}

async function open(
  visit: Visit,
  needs: BrowserNeeds,
  onFault: (fault: MeetingFault) => void,
): Promise<SilentStage | Stage> {
  const { claim, env, folder, log, departure } = visit;
  const options = {
    width: claim.recording.width,
    height: claim.recording.height,
    folder,
    chromiumPath: env.chromiumPath,
    env: env.childEnv,
    needs,
    allowedOrigins: claim.meeting.allowed_origins,
    log,
    signal: departure.signal,
    onFault,
  };
  const stage = claim.recording.enabled
    ? await openStage(options)
    : await openStage({ ...options, silent: true });
  visit.stage = stage;
  return stage;
}

/** A page that has not answered for this long hangs. The bot cannot see whether it was admitted. */
const HANGS_MS = 30_000;

/** Waits for admission, from the knock for as long as the booking's waiting room timeout allows. */
async function admission(visit: Visit, meeting: Meeting): Promise<Date> {
  const { claim, session, departure } = visit;
  const seconds = claim.leave_rules.waiting_room_timeout_seconds;
  const patience = AbortSignal.timeout(seconds * 1000);
  const lease = session.lease.held(departure.signal).until(patience);
  const help = callForHelp(visit, meeting);
  const onWaitingRoom = () => {
    session.status({ status: 'IN_WAITING_ROOM', subCode: 'knocked' });
    help.waits();
  };
  try {
    const admittedAt = await orAborted(meeting.admission(onWaitingRoom, lease), lease.signal);
    help.settled('admitted');
    return admittedAt;
  } catch (error) {
    help.settled('given_up');
    if (departure.signal.aborted || !patience.aborted) throw error;
    const { state, silentMs, notStarted } = meeting.lastSeen();
    const facts = { after_seconds: seconds, rule: 'waiting_room_timeout_seconds', state };
    if (silentMs > Math.min(HANGS_MS, (seconds * 1000) / 2)) {
      const silent_seconds = Math.round(silentMs / 1000);
      throw new MeetingFault('browser_failed', `The meeting page has not answered for ${silent_seconds} s.`, {
        facts: { ...facts, silent_seconds },
      });
    }
    if (notStarted) {
      throw new MeetingFault('host_not_started', `Nobody started the meeting within ${seconds} s.`, {
        facts,
      });
    }
    throw new MeetingFault('waiting_room_timeout', `Nobody admitted the bot within ${seconds} s.`, { facts });
  }
}
