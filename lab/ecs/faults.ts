// The switches with which tests break the stand-in.
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from './api-error.ts';
import type { Operation } from './server.ts';

export class Faults {
  /** The API cannot be reached. */
  isAway = false;
  /** Every answer takes this long, ms. */
  slowMs = 0;
  /** Access keys that have expired. */
  readonly expired = new Set<string>();
  readonly #errors = new Map<Operation, ApiError[]>();
  #losesNextAnswer = false;
  #delaysNextStart = false;
  #delayed: (() => unknown) | undefined;

  /** The next calls of an operation fail with these errors, and do nothing. */
  failNext(operation: Operation, ...errors: ApiError[]): void {
    this.#errors.set(operation, [...(this.#errors.get(operation) ?? []), ...errors]);
  }

  /** RunTask looks at subnets in EC2, and reports EC2's throttling under another name. */
  throttleNext(operation: Operation, times = 1): void {
    const message =
      'Error retrieving subnet information for [subnet-1]: Rate exceeded (ErrorCode: Throttling)';
    const errors = Array.from({ length: times }, () => new ApiError('InvalidParameterException', message));
    this.failNext(operation, ...errors);
  }

  /** The next RunTask is carried out, and never answered. */
  loseNextStart(): void {
    this.#losesNextAnswer = true;
  }

  /** The next RunTask answers an error, and is carried out when the returned function is called. */
  delayNextStart(): () => void {
    this.#delaysNextStart = true;
    return () => void this.#delayed?.();
  }

  /** Called before an operation is carried out. Throws what it shall fail with. */
  async before(operation: Operation): Promise<void> {
    if (this.slowMs > 0) await delay(this.slowMs);
    const error = this.#errors.get(operation)?.shift();
    if (error) throw error;
  }

  losesAnswer(): boolean {
    const loses = this.#losesNextAnswer;
    this.#losesNextAnswer = false;
    return loses;
  }

  delaysStart(carryOut: () => unknown): boolean {
    const delays = this.#delaysNextStart;
    this.#delaysNextStart = false;
    if (delays) this.#delayed = carryOut;
    return delays;
  }
}
