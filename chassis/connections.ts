// How many connections to PostgreSQL each program opens at most. One API, scheduler
// and deployer fit the default of 100 twice over, as in a roll-out; the sum is in
// docs/self-hosting.md, and a test counts.

export interface Connections {
  /** The pool of ordinary statements. */
  database: number;
  /** The pool of the queue, where it is in PostgreSQL. */
  queue: number;
  /** Whether one more LISTENs for jobs, where the queue is in PostgreSQL. */
  listens: boolean;
  /** The sequencer's own session. */
  sequencer: number;
}

export const CONNECTIONS: Record<'api' | 'scheduler' | 'deployer', Connections> = {
  api: { database: 10, queue: 3, listens: false, sequencer: 0 },
  scheduler: { database: 8, queue: 4, listens: true, sequencer: 1 },
  deployer: { database: 8, queue: 4, listens: true, sequencer: 0 },
};
