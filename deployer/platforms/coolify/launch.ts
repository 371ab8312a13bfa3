// Starts the runtime of a deployment in the application of its slot, once.
//
// Coolify deploys again at each call, has no key that makes a call idempotent, and may answer with a deployment that
// does not exist. So the launch first notes in our database what the newest deployment of the application is: any later
// one is ours. A repeated launch finds it and starts nothing.
import { PlatformFault, type RuntimeSpec } from '../platform.ts';
import { type CoolifyApi, type CoolifyDeployment, isActive } from './api.ts';
import type { Applications } from './applications.ts';
import type { BoardReader } from './board.ts';
import type { Book } from './book.ts';
import type { Clock } from './clock.ts';
import { CoolifyFault } from './fault.ts';
import { formatRef, type LaunchRef, parseRef, since } from './names.ts';

/** How long Coolify may take to show a deployment that it has accepted. */
const SHOWN_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 500;
/** A deployment that failed is tried once more: a registry may have been away. */
const FAILURES_AT_MOST = 2;

export interface LaunchContext {
  api: CoolifyApi;
  applications: Applications;
  board: BoardReader;
  book: Book;
  clock: Clock;
  /** Ends whatever the slot's application still runs, and returns when that is confirmed. */
  clear(spec: RuntimeSpec, signal: AbortSignal): Promise<void>;
}

/** Returns the platform's reference. Throws PlatformFault; the same call again is safe. */
export async function launch(
  context: LaunchContext,
  spec: RuntimeSpec,
  signal: AbortSignal,
): Promise<string> {
  const { api, applications, board } = context;
  const uuid = await applications.ensure(spec.slot, spec, signal);
  const { ref, isNew } = await begin(context, spec, uuid, signal);
  const launched = isNew ? [] : since(ref, await api.deploymentsOf(uuid, signal));
  if (!launched.some(isUnderWay)) {
    const failed = launched.filter(({ status }) => status === 'failed').length;
    if (failed >= FAILURES_AT_MOST) {
      throw new PlatformFault(
        'transient',
        `Coolify's deployments of ${uuid} fail; see their logs in Coolify`,
      );
    }
    try {
      await deploy(context, { ...ref, after: launched[0]?.deployment_uuid ?? ref.after }, signal);
    } finally {
      board.forget();
    }
  }
  return formatRef(ref);
}

const isUnderWay = (it: CoolifyDeployment) => isActive(it) || it.status === 'finished';

/** Notes where the launch begins, unless that was done before. */
async function begin(
  { api, book, clear }: LaunchContext,
  spec: RuntimeSpec,
  uuid: string,
  signal: AbortSignal,
): Promise<{ ref: LaunchRef; isNew: boolean }> {
  let ref = parseRef(await book.begun(spec.deploymentId));
  const isFirst = ref === null;
  if (ref === null) {
    await clear(spec, signal);
    const [newest] = await api.deploymentsOf(uuid, signal);
    ref = { application: uuid, after: newest?.deployment_uuid ?? null };
  }
  signal.throwIfAborted();
  // Another process may have begun meanwhile: its note counts.
  const noted = parseRef(await book.begin(spec.deploymentId, formatRef(ref)));
  if (noted === null) throw new PlatformFault('transient', 'the deployment was given up meanwhile');
  // The application that the note names may have been deleted since. Its successor has only deployments of this launch.
  if (noted.application !== uuid) return { ref: { application: uuid, after: null }, isNew: false };
  return { ref: noted, isNew: isFirst && noted.after === ref.after };
}

/** Has Coolify deploy, and verifies that it does: a deployment after `ref.after` has to show. */
async function deploy({ api, clock }: LaunchContext, ref: LaunchRef, signal: AbortSignal): Promise<void> {
  const { application } = ref;
  const { deployments } = await api.deploy(application, signal);
  const message = deployments[0]?.message ?? '';
  if (/unauthorized/i.test(message)) throw new CoolifyFault('config', `POST /deploy: ${message}`);
  if (/queue is full/i.test(message)) throw new CoolifyFault('capacity', `POST /deploy: ${message}`);
  // The uuid in the answer does not exist when a deployment was queued already. What counts is what Coolify shows.
  const endMs = clock.nowMs() + SHOWN_WITHIN_MS;
  for (;;) {
    const launched = since(ref, await api.deploymentsOf(application, signal));
    if (launched.length > 0) return;
    if (clock.nowMs() >= endMs) break;
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
  throw new PlatformFault(
    'transient',
    `Coolify answered "${message}" to the deployment of ${application}, and shows none`,
  );
}
