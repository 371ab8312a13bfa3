// Injects a fault into a running Meeboter about once a second.
import { setTimeout as delay } from 'node:timers/promises';
import { requestDeploys, requestDeploysAgain, requestLook, requestStop } from '@meeboter/deployer/inbox.ts';
import { requestDispatch, requestStarts } from '@meeboter/scheduler/inbox.ts';
import type { PlatformServer } from './platform-server.ts';
import type { Random } from './random.ts';
import type { FaultWorld } from './world.ts';

export interface Injection {
  world: FaultWorld;
  platform: PlatformServer;
  random: Random;
  leaseMs: number;
  redis: boolean;
  count: (kind: string) => void;
}

type Fault = (injection: Injection) => Promise<void>;

const crashProcess: Fault = async ({ world, random }) => random.pick(world.children)?.crash();
const rollProcess: Fault = async ({ world, random }) => random.pick(world.children)?.restart();
const rollOut: Fault = ({ world }) => world.rollOut();
/** Longer than a lease, so that its leases and locks are lost when it continues. */
const freezeProcess: Fault = async ({ world, random, leaseMs }) =>
  random.pick(world.children)?.freeze(leaseMs * random.between(1.1, 2));
const cutConnections: Fault = async ({ world }) => world.front.cut();
const emptyQueue: Fault = ({ world }) => world.emptyQueue();
const crashDatabase: Fault = ({ world, random }) => world.crashDatabase(random.between(100, 1_500));
const crashQueue: Fault = ({ world, random }) => world.crashQueue(random.between(100, 3_000));
const killSessions: Fault = async ({ world }) => {
  await world.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.5`,
  );
};
const jobsTwice: Fault = async ({ world: { query, jobs } }) => {
  const soon = new Date(Date.now() + 1);
  const deployments = await query<{ id: string; deployment_platform: string }>(
    `SELECT id, deployment_platform FROM deployments WHERE state <> 'ended' OR ended_at > now() - interval '5 s' LIMIT 20`,
  );
  await Promise.all([
    requestDispatch(jobs),
    requestStarts(jobs, [soon], new Date()),
    ...deployments.flatMap((at) => [
      requestDeploys(jobs, at.deployment_platform, [at.id]),
      requestDeploysAgain(jobs, [{ ...at, round: 1 }]),
      requestLook(jobs, at),
      requestStop(jobs, at),
    ]),
  ]);
};
const freezeRuntime: Fault = async ({ platform, random, leaseMs }) =>
  random.pick(platform.living())?.freeze(leaseMs * random.between(0.5, 2));
const cutOffRuntime: Fault = async ({ platform, random, leaseMs }) =>
  random.pick(platform.living())?.cutOff(leaseMs * random.between(0.3, 1.5));
const killRuntime: Fault = async ({ platform, random }) => random.pick(platform.living())?.kill();
const setClock: Fault = async ({ platform, random }) =>
  random.pick(platform.living())?.setClock(random.between(-3_600_000, 3_600_000));

/** Name, weight, function. */
const FAULTS: readonly (readonly [string, number, Fault])[] = [
  ['process killed', 5, crashProcess],
  ['process restarted', 2, rollProcess],
  ['new version rolled out', 1, rollOut],
  ['process frozen', 3, freezeProcess],
  ['connections cut', 2, cutConnections],
  ['queue emptied', 2, emptyQueue],
  ['database crashed', 1, crashDatabase],
  ['database sessions killed', 2, killSessions],
  ['jobs delivered twice', 2, jobsTwice],
  ['runtime frozen', 3, freezeRuntime],
  ['runtime cut off', 3, cutOffRuntime],
  ['runtime killed', 2, killRuntime],
  ['runtime clock set', 2, setClock],
];

/** How long the faults under way may take at the end. The longest is a roll-out in which every server must be killed. */
const LAST_ONES_MS = 150_000;

/**
 * Injects faults for `seconds`, then waits for those that are under way. Throws when one does not end, or when
 * the run's own database or Redis does not come back, because the run could not be judged.
 */
export async function injectFaults(injection: Injection, seconds: number): Promise<void> {
  const { random, count } = injection;
  const faults = injection.redis ? [...FAULTS, ['queue crashed', 2, crashQueue] as const] : FAULTS;
  const bag = faults.flatMap((fault) => Array.from({ length: fault[1] }, () => fault));
  const running = new Map<Promise<void>, string>();
  const isBusy = (name: string) => [...running.values()].includes(name);
  const notBack: unknown[] = [];
  for (const endMs = performance.now() + seconds * 1_000; performance.now() < endMs; ) {
    await delay(random.between(600, 1_400));
    if (notBack.length > 0) throw notBack[0];
    const drawn = random.pick(bag);
    if (!drawn) continue;
    const [name, , act] = drawn;
    // A server cannot be crashed while it is down, and only one roll-out runs at a time.
    if (isBusy(name) && /crashed|rolled out/.test(name)) continue;
    count(name);
    const work = act(injection).catch((error: unknown) => {
      // A fault that fails because of another fault (the database is down) is ignored.
      if (name.endsWith('crashed')) notBack.push(error);
    });
    running.set(work, name);
    void work.finally(() => running.delete(work));
  }
  await Promise.race([Promise.all(running.keys()), delay(LAST_ONES_MS, undefined, { ref: false })]);
  if (notBack.length > 0) throw notBack[0];
  if (running.size > 0) throw new Error(`faults that do not end: ${[...running.values()].join(', ')}`);
}
