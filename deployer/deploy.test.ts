// Many launches of one job: each is its own, whatever becomes of the others.
import { createLog } from '@meeboter/chassis/log.ts';
import { claimDeployment } from '@meeboter/prisma/sql/claim-deployment.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { emptyPool, giveSlots } from '../e2e/support/empty-pool.ts';
import { type HandQueue, handQueue } from '../e2e/support/hand-queue.ts';
import { type PlatformDouble, platformDouble } from '../e2e/support/platform-double.ts';
import { insertBot } from '../e2e/support/rows.ts';
import { testSettings } from '../e2e/support/test-settings.ts';
import { launcher } from './deploy.ts';
import { deployJob, requestDeploys } from './inbox.ts';
import { PlatformFault } from './platforms/platform.ts';

const JOB = { tryNumber: 1, lastTry: false, signal: new AbortController().signal };
const pool = emptyPool();
let jobs: HandQueue;
let platform: PlatformDouble;
let launch: ReturnType<typeof launcher>;

beforeEach(async () => {
  jobs = handQueue();
  platform = platformDouble();
  const settings = testSettings({ DATABASE_URL: pool.database.url });
  launch = launcher({
    settings,
    log: createLog({ level: 'silent' }),
    jobs,
    db: pool.db,
    hosts: { local: 'here' },
    platformOf: () => platform,
  });
});

async function deployed(count: number): Promise<string[]> {
  for (let n = 0; n < count; n += 1) await insertBot(pool.database);
  const pairs = await giveSlots(pool.db, { count });
  return pairs.map(({ deploymentId }) => deploymentId);
}

const states = async () => {
  const rows = await pool.db.deployment.findMany({ select: { id: true, state: true, failSubCode: true } });
  return new Map(rows.map(({ id, state, failSubCode }) => [id, failSubCode ?? state]));
};

describe('a deploy job', () => {
  it('starts all of its deployments, and none of them twice when it is delivered again', async () => {
    const ids = await deployed(30);
    await Promise.all([launch(ids.slice(0, 10), JOB), launch(ids.slice(10), JOB)]);
    expect(platform.running).toEqual(new Set(ids));
    expect([...(await states()).values()]).toEqual(ids.map(() => 'started'));
    await launch(ids, JOB);
    expect(platform.asked.start).toBe(30);
  });

  it('is tried again for those alone that could not be started', async () => {
    const ids = await deployed(5);
    const unlucky = ids.slice(1, 3);
    const start = platform.start;
    platform.start = async (order, signal) => {
      if (unlucky.includes(order.deploymentId)) throw new PlatformFault('transient', 'no answer');
      return start(order, signal);
    };
    await expect(launch(ids, JOB)).rejects.toThrow('2 launches failed');
    expect(platform.running).toEqual(new Set(ids.filter((id) => !unlucky.includes(id))));
    platform.start = start;
    await launch(ids, JOB);
    expect(platform.running).toEqual(new Set(ids));
    expect(platform.asked.start).toBe(5);
  });

  it('gives up those that the last try could not start, and no earlier', async () => {
    const ids = await deployed(3);
    const [lucky] = ids;
    const start = platform.start;
    platform.start = async (order, signal) => {
      if (order.deploymentId !== lucky) throw new PlatformFault('transient', 'no answer');
      return start(order, signal);
    };
    await expect(launch(ids, JOB)).rejects.toThrow('2 launches failed');
    expect([...(await states()).values()].sort()).toEqual(['intent', 'intent', 'started']);
    await launch(ids, { ...JOB, lastTry: true });
    expect([...(await states()).values()].sort()).toEqual(['launch_failed', 'launch_failed', 'started']);
    expect(jobs.hints.filter(({ queue }) => queue === 'stop-local')).toHaveLength(2);
  });

  it('lets a bot go on whose runtime has claimed, whatever the platform answers late', async () => {
    const ids = await deployed(3);
    platform.start = async ({ deploymentId }) => {
      await claimDeployment(pool.db, { deploymentId, runtimeId: 'run_one', leaseMs: 60_000 });
      throw new PlatformFault(deploymentId === ids[0] ? 'config' : 'transient', 'gateway timeout');
    };
    await launch(ids, { ...JOB, lastTry: true });
    expect([...(await states()).values()]).toEqual(['claimed', 'claimed', 'claimed']);
    expect(jobs.hints.filter(({ queue }) => queue === 'stop-local')).toEqual([]);
  });

  it('does not take a database that is away for a launch that failed', async () => {
    const [id = ''] = await deployed(1);
    platform.start = async () => {
      await pool.database.query(`ALTER TABLE deployments RENAME COLUMN external_ref TO away`);
      return 'ref';
    };
    await expect(launch([id], { ...JOB, lastTry: true })).rejects.toThrow();
    await pool.database.query(`ALTER TABLE deployments RENAME COLUMN away TO external_ref`);
    expect([...(await states()).values()]).toEqual(['intent']);
  });

  it('gives up at once what its platform has no room for', async () => {
    const ids = await deployed(3);
    platform.room = 1;
    await launch(ids, JOB);
    expect([...(await states()).values()].sort()).toEqual(['platform_full', 'platform_full', 'started']);
  });

  it('starts nothing more once it has been handed back', async () => {
    const ids = await deployed(30);
    const handedBack = new AbortController();
    const start = platform.start;
    platform.start = async (order, signal) => {
      handedBack.abort(new Error('the process is stopping'));
      return start(order, signal);
    };
    await expect(launch(ids, { ...JOB, signal: handedBack.signal })).rejects.toThrow();
    expect(platform.running.size).toBeLessThanOrEqual(20);
    expect(platform.running.size).toBeGreaterThan(0);
  });

  it('never has more launches under way than a platform bears', async () => {
    const ids = await deployed(60);
    let now = 0;
    let most = 0;
    const start = platform.start;
    platform.start = async (order, signal) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((done) => setImmediate(done));
      now -= 1;
      return start(order, signal);
    };
    await Promise.all([launch(ids.slice(0, 30), JOB), launch(ids.slice(30), JOB)]);
    expect(platform.running.size).toBe(60);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(20);
  });
});

describe('asking for launches', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, n) => `dep_${n}`);
  const jobsFor = async (count: number) => {
    jobs.hints.length = 0;
    await requestDeploys(jobs, 'local', ids(count));
    return jobs.hints.map(({ payload }) => deployJob('local').payload.parse(payload).deployment_ids);
  };

  it('gives each a job of its own while they are few, and shares jobs when they are many', async () => {
    expect(await jobsFor(0)).toEqual([]);
    expect(await jobsFor(3)).toEqual([['dep_0'], ['dep_1'], ['dep_2']]);
    const many = await jobsFor(205);
    expect(many.flat()).toEqual(ids(205));
    expect(Math.max(...many.map((job) => job.length))).toBe(10);
  });

  it('names a job by what it starts, so that asking again is no second job', () => {
    const nameOf = (deployment_ids: string[], round?: number) =>
      deployJob('local').jobId?.({ deployment_ids, ...(round === undefined ? {} : { round }) });
    expect(nameOf(['dep_1'])).toBe('deploy-dep_1');
    expect(nameOf(['dep_1', 'dep_2'])).toBe(nameOf(['dep_1', 'dep_2']));
    const names = [
      nameOf(['dep_1']),
      nameOf(['dep_1', 'dep_2']),
      nameOf(['dep_1'], 1),
      nameOf(['dep_1', 'dep_3']),
    ];
    expect(new Set(names).size).toBe(4);
    for (const name of names) expect(name).toMatch(/^[\w-]+$/);
  });
});
