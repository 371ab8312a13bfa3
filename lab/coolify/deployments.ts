// The deployments of the stand-in: a queue with room for 25, of which two are carried out at a time.
import { setTimeout as delay } from 'node:timers/promises';
import { type Application, newUuid } from './applications.ts';
import { type Faults, take } from './faults.ts';
import type { Program } from './program.ts';

const AT_ONCE = 2;
const QUEUE_LIMIT = 25;
const LOOK_MS = 5;

export interface Deployment {
  deployment_uuid: string;
  application: Application;
  status: 'queued' | 'in_progress' | 'finished' | 'failed' | 'cancelled-by-user';
  logs: string;
  created_at: string;
}

export interface DeploymentOptions {
  program: Program;
  /** How long a deployment takes, the pull included. */
  deployMs: number;
  restartMs: number;
  faults: Faults;
}

export class Deployments {
  /** Newest first. */
  readonly all: Deployment[] = [];
  readonly #options: DeploymentOptions;
  #isClosed = false;

  constructor(options: DeploymentOptions) {
    this.#options = options;
  }

  of(application: Application): Deployment[] {
    return this.all.filter((it) => it.application === application);
  }
  active(): Deployment[] {
    return this.all.filter(({ status }) => status === 'queued' || status === 'in_progress');
  }
  isFull(): boolean {
    const queued = this.all.filter(({ status }) => status === 'queued').length;
    return this.#options.faults.isQueueFull || queued >= QUEUE_LIMIT;
  }
  close(): void {
    this.#isClosed = true;
  }

  add(application: Application): Deployment {
    const deployment: Deployment = {
      ...{ deployment_uuid: newUuid(), application, status: 'queued', logs: '' },
      created_at: new Date().toISOString(),
    };
    this.all.unshift(deployment);
    this.#next();
    return deployment;
  }

  /** False when it has ended already. */
  cancel(deployment: Deployment): boolean {
    if (deployment.status !== 'queued' && deployment.status !== 'in_progress') return false;
    deployment.status = 'cancelled-by-user';
    this.#next();
    return true;
  }

  #next(): void {
    const running = this.all.filter(({ status }) => status === 'in_progress').length;
    const waiting = this.all.filter(({ status }) => status === 'queued').reverse();
    for (const deployment of waiting.slice(0, Math.max(0, AT_ONCE - running))) {
      deployment.status = 'in_progress';
      void this.#carryOut(deployment).finally(() => this.#next());
    }
  }

  async #carryOut(deployment: Deployment): Promise<void> {
    const { program, deployMs, restartMs, faults } = this.#options;
    const { application } = deployment;
    const isOff = () => this.#isClosed || deployment.status !== 'in_progress';
    await delay(deployMs, undefined, { ref: false });
    while (faults.holdDeploys && !isOff()) await delay(LOOK_MS, undefined, { ref: false });
    if (isOff()) return;
    if (faults.failDeploys.times > 0) {
      faults.failDeploys.times -= 1;
      deployment.logs = faults.failDeploys.log;
      deployment.status = 'failed';
      return;
    }
    // A rolling update: the old container is stopped when the new one is up, unless the name has to stay the same.
    const old = [...application.containers];
    const keepsName = application.fields.is_consistent_container_name_enabled === true;
    if (keepsName) await application.stop(old);
    if (isOff()) return;
    const count = take(faults, 'emptyDeploys') ? 0 : take(faults, 'doubleDeploys') ? 2 : 1;
    for (let n = 0; n < count; n += 1) application.start(program, restartMs);
    if (!keepsName) await application.stop(old);
    deployment.status = 'finished';
  }
}
