// An informer that goes on for as long as it is wanted, and no longer. That of the client library ends with the first
// error that it does not know, a lost connection for example; it opens a watch also when it was stopped while it
// waited; and an error in signing in escapes it.
import { setTimeout as delay } from 'node:timers/promises';
import {
  type KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  ListWatch,
  Watch,
} from '@kubernetes/client-node';

const LONGEST_RESTART_MS = 30_000;

export interface InformerOptions<T extends KubernetesObject> {
  config(): KubeConfig;
  path: string;
  selector: string;
  list(): Promise<KubernetesListObject<T>>;
  /** Objects of a list have dates; those of a watch are JSON, with dates as text. */
  onChange(object: T, isDeleted: boolean): void;
  onError(error: unknown): void;
  /** The first pause before it is started again; doubled up to 30 s while nothing comes. */
  restartMs: number;
}

/** Watches until the signal aborts. */
export async function keepInformed<T extends KubernetesObject>(
  options: InformerOptions<T>,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs = options.restartMs;
  while (!signal.aborted) {
    const changed = (object: T, isDeleted: boolean) => {
      pauseMs = options.restartMs;
      options.onChange(object, isDeleted);
    };
    await untilError(options, changed, signal);
    await delay(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    pauseMs = Math.min(2 * pauseMs, LONGEST_RESTART_MS);
  }
}

/** Runs one informer until its first error, or until the signal aborts. */
async function untilError<T extends KubernetesObject>(
  { config, path, selector, list, onError }: InformerOptions<T>,
  changed: (object: T, isDeleted: boolean) => void,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const end = () => over.abort();
  const fail = (error: unknown) => {
    // A stop causes an error too.
    if (!over.signal.aborted) onError(error);
    end();
  };
  signal.addEventListener('abort', end, { once: true });
  const informer = new ListWatch<T>(path, new EndingWatch(config(), over.signal), list, false, selector);
  informer.on('add', (object) => changed(object, false));
  informer.on('update', (object) => changed(object, false));
  informer.on('delete', (object) => changed(object, true));
  informer.on('error', fail);
  const ended = new Promise<void>((done) => {
    over.signal.addEventListener('abort', () => done(), { once: true });
  });
  informer.start().catch(fail);
  await ended;
  signal.removeEventListener('abort', end);
  await informer.stop();
}

/** A watch that ends with a signal, and tells every error to `done`. */
class EndingWatch extends Watch {
  readonly #signal: AbortSignal;

  constructor(config: KubeConfig, signal: AbortSignal) {
    super(config);
    this.#signal = signal;
  }

  override async watch(...args: Parameters<Watch['watch']>): Promise<AbortController> {
    const [, , , done] = args;
    if (this.#signal.aborted) return new AbortController();
    try {
      const request = await super.watch(...args);
      this.#signal.addEventListener('abort', () => request.abort(), { once: true });
      if (this.#signal.aborted) request.abort();
      return request;
    } catch (error) {
      done(error);
      return new AbortController();
    }
  }
}
