// The promises of every platform, kept with the real client against the stand-in for ECS.
import type { Subject } from '../testing/contract.ts';
import { describeContract } from '../testing/contract.ts';
import type { AwsConfig } from './settings.ts';
import { keys, type Opened, openPlatform, startStandIn } from './testing/stand-in.ts';

async function subject(config: Partial<AwsConfig>, isSpotFull: boolean): Promise<Subject> {
  const ecs = await startStandIn();
  const { cluster, faults } = ecs;
  if (isSpotFull) cluster.capacity.full.add('FARGATE_SPOT');
  const opened: Opened[] = [];
  const open = (accessKeyId = 'lab') => {
    const it = openPlatform(ecs, config, { credentials: keys(accessKeyId) });
    opened.push(it);
    return it.platform;
  };
  return {
    platform: open(),
    restarted: async () => open(),
    refused: async () => open('somebody-else'),
    running: async (id) => cluster.of(id).filter(({ isRunning }) => isRunning).length,
    async fill() {
      cluster.capacity.full.add('FARGATE').add('FARGATE_SPOT');
    },
    async away() {
      faults.isAway = true;
      return async () => {
        faults.isAway = false;
      };
    },
    loseNextStart: () => faults.loseNextStart(),
    delayNextStart() {
      const takeEffect = faults.delayNextStart();
      return async () => takeEffect();
    },
    holdStarts() {
      cluster.isHeld = true;
      return async () => {
        cluster.isHeld = false;
      };
    },
    vanish: async (id) => cluster.vanish(id),
    doubleNextStart() {
      cluster.doubleNext = true;
    },
    async close() {
      for (const { client } of opened) client.destroy();
      await ecs.close();
    },
  };
}

describeContract('aws', () => subject({}, false));
describeContract('aws, Spot first, which is full', () => subject({ capacity: 'spot-then-fargate' }, true));
