// The interface of a deployment platform: four methods. Each platform has a folder of its own.

/** What a platform needs to start a runtime. `deploymentId` is the idempotency key of all calls. */
export interface RuntimeSpec {
  deploymentId: string;
  botId: string;
  attempt: number;
  /** Where the runtime calls back. */
  apiUrl: string;
  /** The only secret that a runtime gets. It is good for one claim. */
  claimToken: string;
}

/** The default time in which a runtime that was told to stop has to leave its meeting and upload the rest. */
export const STOP_GRACE_MS = 30_000;

export interface StopOptions {
  /** How long to wait for the runtime to end by itself before it is told to stop. */
  patienceMs: number;
  /** How long a runtime that was told to stop may take before it is killed; default `STOP_GRACE_MS`. */
  graceMs?: number;
  signal: AbortSignal;
}

/** `unknown`: the platform could not tell. Nothing may be concluded from it. */
export type Presence = 'running' | 'gone' | 'unknown';

export interface Platform {
  /**
   * Set where the platform sees the processes itself: its `gone` then counts more than a report of a moment ago. The
   * list of a cloud service may lag behind what it runs.
   */
  readonly isFirstHand?: true;
  /** Starts the runtime, unless it was started already. Returns the platform's own reference. Throws PlatformFault. */
  start(spec: RuntimeSpec): Promise<string>;
  /**
   * Stops whatever runs for this deployment. Returns `gone` when the platform confirms that nothing runs any more;
   * after any other answer the stop has to be requested again. The signal ends the wait, not the runtime.
   */
  stop(deploymentId: string, options: StopOptions): Promise<Presence>;
  /** Whether the runtime of this deployment exists now. */
  observe(deploymentId: string): Promise<Presence>;
  /** The ids of all our deployments for which the platform runs something. Throws PlatformFault when it cannot tell. */
  list(): Promise<string[]>;
}

/**
 * A call of a platform failed. `capacity`: the platform is full and has started nothing. `transient`: the same call
 * may succeed later. `config`: it will not.
 */
export class PlatformFault extends Error {
  readonly kind: 'capacity' | 'transient' | 'config';

  constructor(kind: PlatformFault['kind'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'PlatformFault';
    this.kind = kind;
  }
}
