// The applications of the stand-in: what their rows hold, and what their status shows.
import { randomBytes } from 'node:crypto';
import { Container } from './container.ts';
import type { Program } from './program.ts';

export interface Variable {
  key: string;
  value: string;
  isPreview: boolean;
}

export class Application {
  readonly uuid = newUuid();
  readonly id: number;
  readonly createdAt = new Date();
  name = '';
  description: string | null = null;
  tags: string[] = [];
  /** The other fields, as they were sent. */
  fields: Record<string, unknown> = {};
  variables: Variable[] = [];
  containers: Container[] = [];
  /** What Coolify shows, `state:health`. */
  status = 'exited:unhealthy';
  readonly #lagMs: number;

  /** `lagMs`: how long after a change the status shows it. */
  constructor(id: number, lagMs: number) {
    this.id = id;
    this.#lagMs = lagMs;
  }

  /** Sets a variable for the next deployment. A new one gets a copy for previews. */
  setVariable(key: string, value: string): void {
    const found = this.variables.filter((it) => it.key === key && !it.isPreview);
    for (const it of found) it.value = value;
    if (found.length > 0) return;
    this.variables.push({ key, value, isPreview: false }, { key, value, isPreview: true });
  }

  start(program: Program, restartMs: number): void {
    const env = Object.fromEntries(
      this.variables.flatMap(({ key, value, isPreview }) => (isPreview ? [] : [[key, value]])),
    );
    const onChange = () => this.changed();
    this.containers.push(
      new Container({ program, env: { ...env, HOST: '0.0.0.0', PORT: '3000' }, restartMs, onChange }),
    );
    this.changed();
  }

  /** Stops and removes these containers. */
  async stop(containers: readonly Container[]): Promise<void> {
    const { stop_grace_period: graceS } = this.fields;
    await Promise.all(containers.map((it) => it.stop((typeof graceS === 'number' ? graceS : 30) * 1_000)));
    this.containers = this.containers.filter((it) => !containers.includes(it));
    this.changed();
  }

  /** What its containers really are. */
  truth(): string {
    const states = this.containers.filter(({ state }) => state !== 'removed').map(({ state }) => state);
    if (states.includes('running')) return 'running:unknown';
    return states.includes('restarting') ? 'restarting:unknown' : 'exited:unhealthy';
  }

  changed(): void {
    this.containers = this.containers.filter(({ state }) => state !== 'removed');
    const show = () => {
      this.status = this.truth();
    };
    if (this.#lagMs === 0) show();
    else setTimeout(show, this.#lagMs).unref();
  }

  /** Sets what is shown at once, as Coolify's own actions do. */
  show(status: string): void {
    this.status = status;
  }
}

/** Coolify's ids: 24 letters and digits. */
export const newUuid = () => randomBytes(12).toString('hex');
