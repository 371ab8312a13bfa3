// How a call of the API is made: with a time limit and the caller's signal, with credentials that may be renewed, page
// by page where it lists, and with a PlatformFault where it fails.
import { setTimeout as delay } from 'node:timers/promises';
import {
  ApiException,
  AuthorizationV1Api,
  BatchV1Api,
  type ConfigurationOptions,
  CoreV1Api,
  type KubeConfig,
  Observable,
} from '@kubernetes/client-node';
import type { z } from 'zod';
import { PlatformFault } from '../platform.ts';
import { faultOf, httpStatusOf, reasonOf, statusOf } from './faults.ts';
import { listSchema } from './shapes.ts';

const CALL_MS = 10_000;
/** How often a call is repeated that the server had no time for, and the longest pause that it may ask for. */
const BUSY_TRIES = 3;
const LONGEST_PAUSE_S = 5;
/** How often a list is begun anew that changed too much while its pages were read. */
const LIST_TRIES = 3;
const PAGE = 500;

type Apis = ReturnType<typeof connect>;
type Work<T> = (apis: Apis, options: ConfigurationOptions) => Promise<T>;
interface Page {
  limit: number;
  _continue?: string;
}

/**
 * `load` reads the kubeconfig: at once, and again when the cluster refuses the credentials, which may be new ones by
 * then. A call is given up after `callMs`.
 */
export function createCalls(load: () => KubeConfig, callMs = CALL_MS) {
  let connection = connect(load());

  const call = async <T>(doing: string, signal: AbortSignal, work: Work<T>): Promise<T> => {
    let hasReloaded = false;
    for (let tries = 1; ; tries += 1) {
      signal.throwIfAborted();
      try {
        return await work(connection, within(callMs, signal));
      } catch (error) {
        const status = httpStatusOf(error);
        if (status === 401 && !hasReloaded) {
          hasReloaded = true;
          connection = reconnect(load, doing);
          continue;
        }
        const pauseS = status === 429 && tries < BUSY_TRIES ? pauseOf(error) : undefined;
        if (pauseS === undefined || pauseS > LONGEST_PAUSE_S) throw error;
        await delay(pauseS * 1_000, undefined, { signal });
      }
    }
  };

  /**
   * Makes a call. `doing` says what fails when it does. A failure whose reason stands in `instead` is an answer; the
   * reason, not the HTTP status: 409 is also a conflict in counting a quota, and 404 the answer of a wrong proxy.
   */
  const ask = <T, O = never>(
    doing: string,
    signal: AbortSignal,
    work: Work<T>,
    instead: Readonly<Record<string, O>> = {},
  ): Promise<T | O> =>
    call(doing, signal, work).catch((error: unknown) => {
      const reason = reasonOf(error);
      if (reason !== undefined && reason in instead) return instead[reason] as O;
      throw faultOf(error, doing);
    });

  /** All pages of a list; null when the list has changed too much since its first page. */
  const pages = async <T>(
    doing: string,
    item: z.ZodType<T>,
    signal: AbortSignal,
    page: (apis: Apis, page: Page, options: ConfigurationOptions) => Promise<unknown>,
  ): Promise<T[] | null> => {
    const schema = listSchema(item);
    const items: T[] = [];
    let from: { _continue?: string } = {};
    for (;;) {
      const answer = await ask(
        doing,
        signal,
        async (apis, options) => schema.parse(await page(apis, { limit: PAGE, ...from }, options)),
        { Expired: null, Gone: null },
      );
      if (answer === null) return null;
      items.push(...answer.items);
      const next = answer.metadata._continue;
      if (!next) return items;
      from = { _continue: next };
    }
  };

  const listAll = async <T>(...args: Parameters<typeof pages<T>>): Promise<T[]> => {
    for (let tries = 1; tries <= LIST_TRIES; tries += 1) {
      const items = await pages(...args);
      if (items) return items;
    }
    throw new PlatformFault(
      'transient',
      `Kubernetes: ${args[0]}: the list changes faster than it can be read`,
    );
  };

  return { config: () => connection.config, ask, listAll };
}

function connect(config: KubeConfig) {
  return {
    config,
    batch: config.makeApiClient(BatchV1Api),
    core: config.makeApiClient(CoreV1Api),
    authorization: config.makeApiClient(AuthorizationV1Api),
  };
}

function reconnect(load: () => KubeConfig, doing: string) {
  try {
    return connect(load());
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PlatformFault('config', `Kubernetes: ${doing}: the credentials are refused. ${why}`, { cause });
  }
}

/** Seconds that an answer 429 asks to wait. */
function pauseOf(error: unknown): number | undefined {
  if (!(error instanceof ApiException)) return undefined;
  const seconds =
    statusOf(error).details?.retryAfterSeconds ?? Number(error.headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : undefined;
}

/**
 * Options that give a call of the client library a time limit and a signal; by itself it has neither. "append" keeps
 * the library's own middleware, which sets its name.
 */
export function within(ms: number, signal: AbortSignal): ConfigurationOptions {
  const both = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  return {
    middleware: [
      {
        pre(request) {
          request.setSignal(both);
          return new Observable(Promise.resolve(request));
        },
        post: (response) => new Observable(Promise.resolve(response)),
      },
    ],
    middlewareMergeStrategy: 'append',
  };
}
