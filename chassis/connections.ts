// The most connections to PostgreSQL that each program opens. Two of each program, as in a
// roll-out, fit PostgreSQL's default limit of 100. docs/self-hosting.md has the sum, and a test
// counts the connections at the server.

export interface Connections {
  /** The pool of ordinary statements. */
  database: number;
  /** The pool of the queue, where it is in PostgreSQL. */
  queue: number;
  /** Whether one more connection LISTENs for jobs, where the queue is in PostgreSQL. */
  listens: boolean;
  /** The sequencer's own session. */
  sequencer: number;
}

export const CONNECTIONS: Record<'api' | 'scheduler' | 'deployer', Connections> = {
  api: { database: 10, queue: 3, listens: false, sequencer: 0 },
  scheduler: { database: 8, queue: 4, listens: true, sequencer: 1 },
  deployer: { database: 8, queue: 4, listens: true, sequencer: 0 },
};
