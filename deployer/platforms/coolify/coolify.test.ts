// The contract of platforms, against the stand-in for Coolify.
import { expect } from 'vitest';
import { describeContract } from '../testing/contract.ts';
import { openStandIn } from './testing/stand-in.ts';

describeContract('coolify', async () => {
  const { coolify, book, options, open } = await openStandIn();
  const { world } = coolify;
  const { faults } = world;
  const slotOf = (deploymentId: string) =>
    [...book.rows.values()].find((it) => it.deploymentId === deploymentId)?.slot.id ?? '';
  const running = (deploymentId: string) => world.running('MEEBOTER_SLOT_ID', slotOf(deploymentId));
  const settled = () => expect.poll(() => world.deployments.active().length).toBe(0);
  // As a deployer does before the first start.
  const ready = async () => {
    const platform = open();
    await platform.ready(new AbortController().signal);
    return platform;
  };
  return {
    platform: await ready(),
    running: async (deploymentId) => running(deploymentId),
    restarted: ready,
    async fill() {
      faults.isQueueFull = true;
    },
    async away() {
      faults.away = 'dropped';
      return async () => {
        faults.away = null;
      };
    },
    loseNextStart() {
      faults.loseDeployAnswers = 1;
    },
    delayNextStart() {
      faults.delayDeploys = 1;
      return async () => {
        coolify.carryOutLate();
        await settled();
      };
    },
    holdStarts() {
      faults.holdDeploys = true;
      return async () => {
        faults.holdDeploys = false;
        await settled();
      };
    },
    async vanish(deploymentId) {
      for (const { containers } of world.applications) {
        for (const it of [...containers]) {
          if (it.env.MEEBOTER_SLOT_ID === slotOf(deploymentId)) it.vanish();
        }
      }
    },
    doubleNextStart() {
      faults.doubleDeploys = 1;
    },
    refused: async () => open({ options: { ...options, token: '1|wrong' } }),
    async close() {
      await coolify.close();
      expect(coolify.violations).toEqual([]);
    },
  };
});
