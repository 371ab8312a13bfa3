// The interface of a deployment platform: four methods. Each platform has a folder of its own.
import type { MeetingPlatform } from '@meeboter/domain/meeting-links/link.ts';

/** The slot that a runtime gets. */
export interface SpecSlot {
  id: string;
  number: number;
  /** Pool platforms: the platform's own id of the application that belongs to the slot; null before it has one. */
  application: string | null;
}

/** What a platform needs to start a runtime. `deploymentId` is the idempotency key of all calls. */
export interface RuntimeSpec {
  deploymentId: string;
  botId: string;
  attempt: number;
  slot: SpecSlot;
  meetingPlatform: MeetingPlatform;
  /** Where the runtime calls back. */
  apiUrl: string;
  /** The only secret that a runtime gets. It is good for one claim. */
  claimToken: string;
  /**
   * Pool platforms: what a slot's container gets instead, since its environment stays the same from bot to bot. It is
   * good for asking which bot the slot has to run.
   */
  slotToken: string;
}

/** Names a runtime in later calls. */
export interface RuntimeRef {
  deploymentId: string;
  /** What `start` returned; null when its answer was lost. */
  externalRef: string | null;
  /** Null for a runtime whose deployment is not known any more. */
  slot: SpecSlot | null;
}

/** The default time in which a runtime that was told to stop has to leave its meeting and upload the rest. */
export const STOP_GRACE_MS = 30_000;

/** Why a runtime ended, as far as the platform says. */
export type EndCause =
  /** The program ended by itself; see `exitCode`. */
  | 'exited'
  | 'out_of_memory'
  /** The image could not be pulled. */
  | 'image_unavailable'
  /** The platform refused the configuration after it had accepted the start. */
  | 'misconfigured'
  /** There was no room for it after the start was accepted. */
  | 'no_room'
  /** The platform took its machine away: a spot interruption, an eviction, a lost node. */
  | 'evicted'
  /** It ran for longer than the platform allows. */
  | 'deadline'
  | 'stopped'
  | 'other';

/**
 * What a platform knows of a runtime.
 * `starting`: accepted, and not running yet. It is not `gone`.
 * `orphaned`: the runtime has ended, but something that it had started still runs; a stop clears it away.
 * `ended`: nothing of it runs any more, and the platform says why.
 * `gone`: the platform has nothing of it.
 * `unknown`: the platform could not tell. Nothing may be concluded from it.
 */
export type Observation =
  | { state: 'starting'; detail?: string }
  | { state: 'running' }
  | { state: 'orphaned' }
  | { state: 'ended'; cause: EndCause; exitCode?: number; detail?: string }
  | { state: 'gone' }
  | { state: 'unknown'; detail?: string };

/** True when the runtime has ended for certain. */
export const hasEnded = (seen: Observation): boolean => isOver(seen) || seen.state === 'orphaned';

/** True when the platform confirms that nothing of a runtime runs. */
export const isOver = ({ state }: Observation): boolean => state === 'ended' || state === 'gone';

export interface PlatformFinding {
  level: 'ok' | 'warning' | 'error';
  text: string;
  /** What to do; for a warning or an error. */
  todo?: string;
}

/**
 * Every method takes an AbortSignal. When it aborts, the caller has stopped waiting: a method sends no further request
 * then, and its promise settles.
 */
export interface Platform {
  /**
   * Set where the platform sees the processes itself: its `gone` then counts more than a report of a moment ago. The
   * list of a cloud service may lag behind what it runs.
   */
  readonly isFirstHand?: true;
  /** Set where the runtimes are processes of one machine: its identity. Deployments that another machine began are left to that one. */
  readonly host?: string;
  /** The meeting platforms that it runs bots for; unset: all. Bots for others are not placed there. */
  readonly meetingPlatforms?: readonly MeetingPlatform[];
  /** The longest pause between two observations of a runtime that is being stopped; default 2 s. */
  readonly pollMs?: number;
  /**
   * Starts the runtime, unless it was started already. Returns the platform's own reference. Throws PlatformFault. When
   * the outcome is not known, the same call again is safe; and once `requestStop` was called, no earlier call of
   * `start` takes effect any more, or the runtime that it starts is ended by a later `requestStop`.
   */
  start(spec: RuntimeSpec, signal: AbortSignal): Promise<string>;
  /**
   * Has the runtime told to stop, and killed after `graceMs`. Does not wait for that. Safe to repeat, and for a
   * runtime that is starting, has ended or never was. Throws PlatformFault when the request may not have arrived.
   */
  requestStop(ref: RuntimeRef, graceMs: number, signal: AbortSignal): Promise<void>;
  /** What is known of the runtime now. Never throws for a platform that is away: that is `unknown`. */
  observe(ref: RuntimeRef, signal: AbortSignal): Promise<Observation>;
  /** All runtimes of ours that the platform starts or runs. Throws PlatformFault when it cannot list all of them. */
  list(signal: AbortSignal): Promise<RuntimeRef[]>;
  /** Ends all runtimes, where they end with this machine: tells them to stop, and kills them after `graceMs` or when `hurry` aborts. */
  stopAll?(graceMs: number, hurry: AbortSignal): Promise<void>;
  /** For `npm run doctor`: what is known of rights, quotas and versions, in words, and what to do. Throws PlatformFault. */
  check?(signal: AbortSignal): Promise<PlatformFinding[]>;
  close?(): void | Promise<void>;
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
