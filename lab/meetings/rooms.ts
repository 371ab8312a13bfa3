import type { FarEnd } from '../far-end/far-end.ts';
import { LabProblem } from '../http/problem.ts';
import { newAddress } from './link.ts';
import { Room } from './room.ts';
import type { Scenario } from './scenario.ts';

/** A lab keeps this many meetings; those that ended longest ago make room. */
const MOST_MEETINGS = 1_000;

/** The meetings of one lab, by code. */
export class Rooms {
  readonly #rooms = new Map<string, Room>();
  readonly #farEnd: FarEnd;

  constructor(farEnd: FarEnd) {
    this.#farEnd = farEnd;
  }

  /** Throws LabProblem when there are too many meetings that go on. */
  create(scenario: Scenario): Room {
    if (this.#rooms.size >= MOST_MEETINGS) {
      const ended = this.all().find((room) => room.ended);
      if (!ended)
        throw new LabProblem(
          503,
          'too_many_meetings',
          `the lab has ${MOST_MEETINGS} meetings that go on; end some`,
        );
      this.#rooms.delete(ended.code);
    }
    const room = new Room(newAddress(scenario), scenario, this.#farEnd);
    this.#rooms.set(room.code, room);
    return room;
  }

  find(code: string): Room | undefined {
    return this.#rooms.get(code);
  }

  get(code: string): Room {
    const room = this.find(code);
    if (!room) throw new LabProblem(404, 'meeting_not_found', `the lab has no meeting ${code}`);
    return room;
  }

  all(): Room[] {
    return [...this.#rooms.values()];
  }

  close(): void {
    for (const room of this.all()) room.end();
  }
}
