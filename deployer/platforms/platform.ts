// What a deployment platform is to us: four methods. One folder per platform,
// one contract suite for all.

/** What a platform is told of a runtime. `deploymentId` is the idempotency key of everything. */
export interface RuntimeSpec {
  deploymentId: string;
  botId: string;
  attempt: number;
  /** Where the runtime calls back. */
  apiUrl: string;
  /** The only secret a runtime is given: one claim, then worthless. */
  claimToken: string;
}

/** How long a runtime that was told to stop may take to leave its meeting and upload the rest, unless it is said. */
export const STOP_GRACE_MS = 30_000;

export interface StopOptions {
  /** How long a runtime that is about to end by itself may take before it is told to. */
  patienceMs: number;
  /** How long one that was told may take to leave its meeting and upload the rest; `STOP_GRACE_MS` unless set. */
  graceMs?: number;
  signal: AbortSignal;
}

/** `unknown` is an answer: the platform could not say. Nothing may be concluded from it. */
export type Presence = 'running' | 'gone' | 'unknown';

export interface Platform {
  /**
   * Its `gone` is what it saw itself, and stands against a report of a moment ago. The word of a
   * service does not: what it shows may lag behind what it runs.
   */
  readonly isFirstHand?: true;
  /** Starts the runtime, or finds that it was started. Returns the platform's own reference. Throws PlatformFault. */
  start(spec: RuntimeSpec): Promise<string>;
  /**
   * Stops whatever runs for this deployment and resolves when the platform confirms that nothing
   * does: `gone`. Anything else means: ask again. The signal ends the asking, not the runtime.
   */
  stop(deploymentId: string, options: StopOptions): Promise<Presence>;
  /** Whether the runtime of this deployment exists now. */
  observe(deploymentId: string): Promise<Presence>;
  /** Every deployment of ours that the platform runs something for. Throws PlatformFault when it cannot say. */
  list(): Promise<string[]>;
}

/**
 * A platform said no. `capacity`: it has no room now, and has started nothing. `transient`: the same
 * call may go through later. `config`: it never will.
 */
export class PlatformFault extends Error {
  readonly kind: 'capacity' | 'transient' | 'config';

  constructor(kind: PlatformFault['kind'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'PlatformFault';
    this.kind = kind;
  }
}
