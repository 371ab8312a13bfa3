// The interface between the bot program and a meeting platform. Each platform has one implementation
// (bot/google-meet/), which works on a browser page that it is given.
import type { LeaveReason, SubCode } from '@meeboter/domain/reasons.ts';
import type { HeldLease } from './runtime/lease.ts';

/** Why a bot could not join or could not stay. Becomes the reason of FATAL. */
export class MeetingFault extends Error {
  readonly subCode: SubCode;
  /** Details for the event, such as the matched text or the page's address without its query. */
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
  /** The page's id of the participant. It stays the same for one stay. */
  externalId: string;
  name: string;
  isHost: boolean;
}

/** Receives what happens in the call. The bot itself is never included. */
export interface CallObserver {
  /** The others in the call now. Null when the page does not show it (reconnecting, panel closed). */
  onParticipants(others: Participant[] | null): void;
  /** One person has spoken. Called when the turn is over. */
  onSpeakerTurn(turn: { externalId: string; startedAt: Date; endedAt: Date }): void;
  /** Somebody makes a sound now. */
  onSound(): void;
  /** The page lacks something that the record needs (`no_speaker_signal`, `no_remote_audio`). Called once for each. */
  onNotice(code: string, text: string): void;
}

/** How the platform ended the call for the bot. */
export interface CallEnd {
  reason: LeaveReason;
  /** What the page showed, without anybody's name. */
  because: string;
  /** Who ended it, where the page says so. */
  by?: string;
}

export interface Meeting {
  /**
   * Opens the link, answers dialogs before the pre-join page, turns microphone and camera off and checks
   * that they are off, and types the name. Does not knock. Throws MeetingFault: `meeting_not_found`,
   * `sign_in_required`, `captcha`, `passcode_required`, `blocked_by_platform`, `page_went_away`,
   * `navigation_failed`, `join_failed`, `browser_failed` and others.
   */
  prepare(lease: HeldLease): Promise<void>;
  /**
   * Asks to join, or joins an open meeting. Resolves once the page has reacted, with the time of the
   * first press of the button: that is when the bot knocked, however slow the page is.
   */
  knock(lease: HeldLease): Promise<Date>;
  /**
   * Resolves when the bot is in the call, with the time at which the page first showed it. Calls `onWaitingRoom` once when it sees the lobby. Throws
   * MeetingFault: `denied`, `no_response`, `blocked_by_platform`, `meeting_ended` and others. The caller
   * enforces the waiting room timeout by aborting the lease's signal.
   */
  admission(onWaitingRoom: () => void, lease: HeldLease): Promise<Date>;
  /**
   * Watches the call until the platform ends it for the bot (`removed`, `meeting_ended`, `page_lost`).
   * Resolves to null when the lease's signal is aborted. A page that reconnects is not an end.
   */
  watch(observer: CallObserver, lease: HeldLease): Promise<CallEnd | null>;
  /** Writes one line into the chat of the call. Resolves to whether the page has taken it. */
  write(text: string, lease: HeldLease): Promise<boolean>;
  /**
   * What the page showed when it last answered, and how long ago that was. `notStarted`: the lobby said that nobody has
   * started the meeting.
   */
  lastSeen(): { state: string; silentMs: number; notStarted: boolean };
  /** What somebody can do on this platform while the bot waits for admission, in a sentence. */
  readonly remedy: string;
  /** Removes from a text of the page everything that people may have written, such as names and chat. */
  ownWords(text: string): string;
  /** Leaves by the page's own button. Takes a few seconds at most and never throws. */
  leave(): Promise<void>;
}
