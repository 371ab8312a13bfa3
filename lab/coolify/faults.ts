// What can be broken in the stand-in for Coolify. A test sets these at any time.

export interface Faults {
  /** `dropped`: connections are closed without an answer. `proxy`: 502 with a page of the proxy in front of it. */
  away: 'dropped' | 'proxy' | null;
  /** Every answer waits for so long. */
  slowMs: number;
  /** The queue of deployments is full. */
  isQueueFull: boolean;
  /** The next so many deployments are accepted, and the answer never arrives. */
  loseDeployAnswers: number;
  /** The next so many creations are carried out, and the answer never arrives. */
  loseCreateAnswers: number;
  /** The next so many deployments are answered 502, and are carried out by `carryOutLate`. */
  delayDeploys: number;
  /** The next so many deployments answer a uuid that is never stored. */
  phantomDeploys: number;
  /** The next so many deployments fail, with this log. */
  failDeploys: { times: number; log: string };
  /** The next so many deployments finish without a container. */
  emptyDeploys: number;
  /** The next so many deployments bring up two containers. */
  doubleDeploys: number;
  /** Deployments stay `in_progress`. */
  holdDeploys: boolean;
  /** The next so many stops are answered as always, and are never carried out. */
  loseStops: number;
  /** The next so many cancellations take effect and answer 500. */
  failCancelAnswers: number;
  /** The list of a server's resources is empty. */
  isListShort: boolean;
  /** Every application shows as exited. */
  showsAllExited: boolean;
}

export const noFaults = (): Faults => ({
  away: null,
  slowMs: 0,
  isQueueFull: false,
  loseDeployAnswers: 0,
  loseCreateAnswers: 0,
  delayDeploys: 0,
  phantomDeploys: 0,
  failDeploys: { times: 0, log: '' },
  emptyDeploys: 0,
  doubleDeploys: 0,
  holdDeploys: false,
  loseStops: 0,
  failCancelAnswers: 0,
  isListShort: false,
  showsAllExited: false,
});

type Counter = { [K in keyof Faults]: Faults[K] extends number ? K : never }[keyof Faults];

/** Uses up one of a counted fault. True when there was one left. */
export function take(faults: Faults, name: Exclude<Counter, 'slowMs'>): boolean {
  if (faults[name] === 0) return false;
  faults[name] -= 1;
  return true;
}
