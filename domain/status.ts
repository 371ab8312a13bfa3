// The life of a bot (docs/architecture.md, "A bot's life"): states, moves and
// every predicate over them. Nothing else in the code base spells out a set
// of statuses; the database refuses illegal moves too (prisma/migrations).

/** Every status a bot can have, in the order of a good life. */
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
 * Legal moves. `IN_WAITING_ROOM` may be skipped (an open meeting). `LEAVING`
 * may be skipped only into FATAL. A bot lost before it was admitted goes back
 * to QUEUED for a new attempt; one that is rescheduled before it knocks, to
 * SCHEDULED.
 */
export const BOT_MOVES: Readonly<Record<BotStatus, readonly BotStatus[]>> = {
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

/** DONE, FATAL or CANCELLED: never left again. */
export function isTerminal(status: BotStatus): boolean {
  return BOT_MOVES[status].length === 0;
}

export const TERMINAL_STATUSES = BOT_STATUSES.filter(isTerminal);

/** The bot holds a slot: a deployment platform runs it, or is about to. */
export const SLOT_STATUSES = [
  'DEPLOYING',
  'JOINING_CALL',
  'IN_WAITING_ROOM',
  'IN_CALL',
  'LEAVING',
] as const satisfies readonly BotStatus[];

/** A runtime has claimed the bot and has to report. */
export const CLAIMED_STATUSES = [
  'JOINING_CALL',
  'IN_WAITING_ROOM',
  'IN_CALL',
  'LEAVING',
] as const satisfies readonly BotStatus[];

/** Not admitted yet: a successor may be sent when the runtime is lost. */
export const BEFORE_ADMISSION_STATUSES = [
  'DEPLOYING',
  'JOINING_CALL',
  'IN_WAITING_ROOM',
] as const satisfies readonly BotStatus[];

/** Not in the room and not asking for it: a user may cancel at once. */
export const CANCELLABLE_STATUSES = [
  'SCHEDULED',
  'QUEUED',
  'DEPLOYING',
  'JOINING_CALL',
  'IN_WAITING_ROOM',
] as const satisfies readonly BotStatus[];

/** A user may still edit the booking, as long as the bot has not knocked. */
export const EDITABLE_STATUSES = [
  'SCHEDULED',
  'QUEUED',
  'DEPLOYING',
  'JOINING_CALL',
] as const satisfies readonly BotStatus[];

/** The statuses that a runtime may report; the others belong to the server. */
export const RUNTIME_STATUSES = [
  'IN_WAITING_ROOM',
  'IN_CALL',
  'LEAVING',
  'DONE',
  'FATAL',
  'CANCELLED',
] as const satisfies readonly BotStatus[];

export type RuntimeStatus = (typeof RUNTIME_STATUSES)[number];

/** Membership in one of the sets above, for a status of unknown kind. */
export function isIn<S extends BotStatus>(set: readonly S[], status: BotStatus): status is S {
  return (set as readonly BotStatus[]).includes(status);
}
