import type { Room } from '../meetings/room.ts';

/** What the pages of one room were asked for so far. */
interface Visits {
  firstOpenedAt: number;
  /** How many times the form was loaded. */
  forms: number;
}

const visits = new WeakMap<Room, Visits>();

/** Notes that one of the room's pages was opened. */
export function visit(room: Room): Visits {
  const known = visits.get(room) ?? { firstOpenedAt: Date.now(), forms: 0 };
  visits.set(room, known);
  return known;
}
