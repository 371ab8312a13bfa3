// What this process remembers of deployments. ECS shows a task only some time after RunTask has accepted it, so that
// "there is no such task" means nothing at first. Nothing here has to survive a restart: a deployer that remembers
// nothing waits a little longer before it believes that a task is gone.

/** What came of the calls of RunTask for a deployment, as far as this process made them. */
type Launch =
  /** This process made none. */
  | 'not here'
  /** All were refused: for certain, nothing was started. */
  | 'refused'
  /** One had no clear answer, or is on its way. */
  | 'uncertain';

export class Remembered {
  /** Its tasks. More than one when ECS forgot the client token. */
  readonly taskArns = new Set<string>();
  launch: Launch = 'not here';
  /** The task that RunTask returned to this process. */
  accepted: string | null = null;
  /** Tasks that show up late are stopped as soon as they are seen. */
  isStopRequested = false;
  /** The tasks that ECS has shown at least once. */
  readonly #shown = new Set<string>();
  /** When the last launch was made, or else when this process first heard of the deployment, ms. */
  #sinceMs: number;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  launching(nowMs: number): void {
    this.#sinceMs = nowMs;
  }

  accept(taskArn: string): void {
    this.accepted = taskArn;
    this.taskArns.add(taskArn);
  }

  shown(taskArn: string): void {
    this.taskArns.add(taskArn);
    this.#shown.add(taskArn);
  }

  /** The task that was accepted and that ECS does not show yet, but will. */
  awaited(nowMs: number, settleMs: number): string | undefined {
    if (this.accepted === null || this.isGone(this.accepted, nowMs, settleMs)) return undefined;
    return this.accepted;
  }

  /** True when a task that ECS does not know has existed and is gone, or can not exist. */
  isGone(taskArn: string, nowMs: number, settleMs: number): boolean {
    return this.#shown.has(taskArn) || nowMs - this.#sinceMs >= settleMs;
  }

  /** True when ECS would show a task of this deployment by now, if there were one. */
  hasNone(nowMs: number, settleMs: number): boolean {
    return this.launch === 'refused' || nowMs - this.#sinceMs >= settleMs;
  }
}

/** More deployments than run at once; each takes less than a kilobyte. */
const MOST = 20_000;

/** Remembers the latest deployments, in the order in which they were first heard of. */
export class Memory {
  readonly #deployments = new Map<string, Remembered>();

  of(deploymentId: string, nowMs: number): Remembered {
    let it = this.#deployments.get(deploymentId);
    if (!it) {
      it = new Remembered(nowMs);
      this.#deployments.set(deploymentId, it);
      const [oldest] = this.#deployments.keys();
      if (this.#deployments.size > MOST && oldest !== undefined) this.#deployments.delete(oldest);
    }
    return it;
  }

  entries(): Iterable<readonly [deploymentId: string, Remembered]> {
    return this.#deployments;
  }
}
