// The state machine of a bot (docs/architecture.md, "A bot's life"): statuses, legal moves
// and all sets of statuses. No other file lists a set of statuses. A trigger in the
// database refuses illegal moves too (prisma/migrations).

/** All statuses, in the order of a bot that succeeds, then the other ends. */
export const BOT_STATUSES = [
  'SCHEDULED',
  'QUEUED',
  'DEPLOYING',
  'JOINING_CALL',
  'IN_WAITING_ROOM',
  'IN_CALL',
  'LEAVING',
  'DONE',
  'FATAL',
  'CANCELLED',
] as const;

export type BotStatus = (typeof BOT_STATUSES)[number];

/**
 * The legal moves. `IN_WAITING_ROOM` is skipped in an open meeting. `LEAVING` may be skipped only into
 * FATAL. A bot whose runtime is lost before admission goes back to QUEUED for a new attempt; a bot that is
 * rescheduled before it knocks goes back to SCHEDULED.
 */
const BOT_MOVES: Readonly<Record<BotStatus, readonly BotStatus[]>> = {
  SCHEDULED: ['QUEUED', 'FATAL', 'CANCELLED'],
  QUEUED: ['DEPLOYING', 'SCHEDULED', 'FATAL', 'CANCELLED'],
  DEPLOYING: ['JOINING_CALL', 'QUEUED', 'SCHEDULED', 'FATAL', 'CANCELLED'],
  JOINING_CALL: ['IN_WAITING_ROOM', 'IN_CALL', 'LEAVING', 'QUEUED', 'SCHEDULED', 'FATAL', 'CANCELLED'],
  IN_WAITING_ROOM: ['IN_CALL', 'LEAVING', 'QUEUED', 'FATAL', 'CANCELLED'],
  IN_CALL: ['LEAVING', 'FATAL'],
  LEAVING: ['DONE', 'FATAL', 'CANCELLED'],
  DONE: [],
  FATAL: [],
  CANCELLED: [],
};

/** True when a bot may move from one status to the other. A status never moves to itself. */
export function canMove(from: BotStatus, to: BotStatus): boolean {
  return BOT_MOVES[from].includes(to);
}

/** The statuses from which `to` may be reached. */
export function statusesBefore(to: BotStatus): BotStatus[] {
  return BOT_STATUSES.filter((from) => canMove(from, to));
}

/** DONE, FATAL or CANCELLED: a bot never leaves these. */
export function isTerminal(status: BotStatus): boolean {
  return BOT_MOVES[status].length === 0;
}

export const TERMINAL_STATUSES = BOT_STATUSES.filter(isTerminal);

/** A runtime has claimed the bot and reports. */
export const CLAIMED_STATUSES = [
  'JOINING_CALL',
  'IN_WAITING_ROOM',
  'IN_CALL',
  'LEAVING',
] as const satisfies readonly BotStatus[];

/** The bot has a slot and is not admitted: when its runtime is lost, a successor may be sent. */
export const BEFORE_ADMISSION_STATUSES = [
  'DEPLOYING',
  'JOINING_CALL',
  'IN_WAITING_ROOM',
] as const satisfies readonly BotStatus[];

/** The bot is not in the call: cancelling takes effect at once. */
export const CANCELLABLE_STATUSES = [
  'SCHEDULED',
  'QUEUED',
  'DEPLOYING',
  'JOINING_CALL',
  'IN_WAITING_ROOM',
] as const satisfies readonly BotStatus[];

/** The booking may be edited, as long as the bot has not knocked. */
export const EDITABLE_STATUSES = [
  'SCHEDULED',
  'QUEUED',
  'DEPLOYING',
  'JOINING_CALL',
] as const satisfies readonly BotStatus[];

/** The statuses that a runtime may report. Only the server sets the others. */
export const RUNTIME_STATUSES = [
  'IN_WAITING_ROOM',
  'IN_CALL',
  'LEAVING',
  'DONE',
  'FATAL',
  'CANCELLED',
] as const satisfies readonly BotStatus[];

export type RuntimeStatus = (typeof RUNTIME_STATUSES)[number];

/** Whether a status is in one of the sets above. */
export function isIn<S extends BotStatus>(set: readonly S[], status: BotStatus): status is S {
  return (set as readonly BotStatus[]).includes(status);
}
