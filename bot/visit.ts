// The state of one bot's visit to its meeting: what it was given, and how far it has come. `attend` fills
// it in; `finish` cleans up from wherever the visit stopped.
import type { Clock } from './clock.ts';
import type { Deadline, Departure } from './departure.ts';
import type { LoadDriver } from './driver.ts';
import type { Env } from './env.ts';
import type { RootLog } from './log.ts';
import type { Meeting } from './meeting.ts';
import type { Recorder } from './recorder/recorder.ts';
import type { Claimed } from './runtime/claim.ts';
import type { Session } from './session.ts';
import type { SilentStage } from './stage.ts';

export interface Visit {
  readonly env: Env;
  readonly claim: Claimed;
  readonly session: Session;
  readonly loadDriver: LoadDriver;
  /** The scratch folder of this visit. */
  readonly folder: string;
  readonly departure: Departure;
  /** By when the visit must have ended, uploads included. */
  readonly deadline: Deadline;
  readonly clock: Clock;
  readonly log: RootLog;

  stage: SilentStage | null;
  meeting: Meeting | null;
  recorder: Recorder | null;
  admitted: boolean;
}
