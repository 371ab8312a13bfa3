// What the bot program needs of a meeting platform. One implementation per
// platform (bot/google-meet/), each over a page of a browser it was given.
import type { LeaveReason, SubCode } from '@meeboter/domain/reasons.ts';
import type { HeldLease } from './runtime/lease.ts';

/** Why a bot did not get in, or could not go on; becomes the reason of FATAL. */
export class MeetingFault extends Error {
  readonly subCode: SubCode;
  /** Small facts for the event: the text that was matched, the page's address without its query. */
  readonly facts: Record<string, string | number | boolean>;

  constructor(
    subCode: SubCode,
    message: string,
    options: { facts?: Record<string, string | number | boolean>; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'MeetingFault';
    this.subCode = subCode;
    this.facts = options.facts ?? {};
  }
}

export interface Participant {
  /** The page's own id of the participant, stable for one stay. */
  externalId: string;
  name: string;
  isHost: boolean;
}

/** What a meeting tells while the bot is in the call. Never includes the bot itself. */
export interface CallObserver {
  /** The others in the room now; null when the page does not say (reconnecting, panel gone). */
  onParticipants(others: Participant[] | null): void;
  /** One person spoke; told when the turn is over. */
  onSpeakerTurn(turn: { externalId: string; startedAt: Date; endedAt: Date }): void;
}

/** How the platform ended the call for the bot. */
export interface CallEnd {
  reason: LeaveReason;
  /** What the page showed, without anybody's name. */
  because: string;
}

export interface Meeting {
  /**
   * Opens the link, passes the gates before the pre-join page, turns microphone
   * and camera off (and checks that they are), types the name. Does not knock.
   * Throws MeetingFault: `meeting_not_found`, `sign_in_required`, `captcha`,
   * `blocked_by_platform`, `navigation_failed`, `join_failed`.
   */
  prepare(lease: HeldLease): Promise<void>;
  /**
   * Asks to join (or joins, where the meeting is open), and resolves when the page has reacted, with
   * the moment of the first press: that is when the bot knocked, however slow the page is.
   */
  knock(lease: HeldLease): Promise<Date>;
  /**
   * Resolves when the bot is in the call. Calls `onWaitingRoom` once, when the
   * lobby is seen. Throws MeetingFault: `denied`, `no_response`,
   * `blocked_by_platform`, `meeting_ended`, … The waiting room's timeout is the
   * caller's: it aborts the signal.
   */
  admission(onWaitingRoom: () => void, lease: HeldLease): Promise<void>;
  /**
   * Watches the call until the platform ends it for us (`removed`,
   * `meeting_ended`, `page_lost`), or the signal is aborted (resolves null).
   * A reconnecting page is not an end.
   */
  watch(observer: CallObserver, lease: HeldLease): Promise<CallEnd | null>;
  /** What the page last showed, in one word, and for how long it has not answered since. */
  lastSeen(): { state: string; silentMs: number };
  /** A text of the page with everything removed that people may have written: names, chat. */
  ownWords(text: string): string;
  /** Leaves in the platform's own way (button), at most a few seconds; never throws. */
  leave(): Promise<void>;
}
