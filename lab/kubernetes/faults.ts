// Switches for what can go wrong in a cluster. All are off at first.

export interface Faults {
  /** Every request: `hang` is never answered, `drop` loses its connection, a number is the status of the answer. */
  away: 'hang' | 'drop' | number | null;
  /** Requests need no credentials: kubectl sends no token to an http address. */
  anonymous: boolean;
  /** The next POST of this resource is carried out, and its answer never comes. */
  loseAnswerOf: 'jobs' | 'secrets' | null;
  /** The next POST of a Job is answered with 500 and put into this list, to be carried out when a test calls it. */
  late: (() => void)[] | null;
  /** The next request of this kind, such as `create secrets`, gets this answer, and has no effect. */
  wrongAnswer: { to: string; code: number; body: string } | null;
  /** Answers 429 to so many requests, and asks for a pause of 0 s. */
  tooManyRequests: number;
  /** Delays every answer. */
  slowMs: number;
  /** Jobs that the namespace may have; more are refused at once, with 403. */
  jobQuota: number;
  /** Pods that the namespace may have; more are refused later, in an event. */
  podQuota: number;
  /** Why the admission of pods refuses them, later, in an event. */
  podsRefused: string | null;
  /** Rights that are not granted, such as `create jobs`. */
  denied: Set<string>;
  /** Pods wait at this stage: for a node, or for their image (with the message of a failed pull, or while it is pulled). */
  hold: 'unschedulable' | 'pulling' | { pull: string } | null;
  /** The next Job gets two pods. */
  doubleNext: boolean;
  /** Fields that the server does not know, and drops. */
  unknownFields: Set<string>;
  /** How the next watch ends at once: with a 410 in its stream, as the answer 410 or 500, or by a lost connection. */
  breakWatch: 'stream 410' | 410 | 500 | 'drop' | null;
  /** Another container in each pod, which goes on when the bot has ended. */
  sidecar: boolean;
}

export const noFaults = (): Faults => ({
  away: null,
  anonymous: false,
  loseAnswerOf: null,
  late: null,
  wrongAnswer: null,
  tooManyRequests: 0,
  slowMs: 0,
  jobQuota: Number.POSITIVE_INFINITY,
  podQuota: Number.POSITIVE_INFINITY,
  podsRefused: null,
  denied: new Set(),
  hold: null,
  doubleNext: false,
  unknownFields: new Set(),
  breakWatch: null,
  sidecar: false,
});
