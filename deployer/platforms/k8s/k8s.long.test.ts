// From booking to recording on Kubernetes: the whole of Meeboter with the real client, and a stand-in of the cluster
// whose pods are real bots.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { onlyGuest, send } from '../../../e2e/support/stay.ts';
import { expectGoodRecording, MINUTES, TALK } from '../../../e2e/support/talk.ts';
import { GOOD_LIFE, startWorld, type World } from '../../../e2e/support/world.ts';
import { type Cluster, startCluster } from '../../../lab/kubernetes/server.ts';
import { type Lab, startLab } from '../../../lab/server.ts';

const BOT_MAIN = fileURLToPath(new URL('../../../bot/main.ts', import.meta.url));
const SLOT_FREE = { timeout: MINUTES, interval: 200 };

let lab: Lab;
let cluster: Cluster;
let world: World;
let dir: string;
let output = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'meeboter-k8s-'));
  lab = await startLab();
  cluster = await startCluster({
    command: process.execPath,
    args: [BOT_MAIN],
    env: { TMPDIR: dir },
    onOutput(text) {
      output += text;
    },
  });
  await writeFile(join(dir, 'kubeconfig'), cluster.kubeconfig());
  world = await startWorld({
    labOrigin: lab.origin,
    env: {
      PLATFORM_PRIORITY: 'k8s',
      K8S_BOT_LIMIT: '2',
      K8S_NAMESPACE: cluster.namespace,
      K8S_KUBECONFIG: join(dir, 'kubeconfig'),
      K8S_IMAGE_REGISTRY: 'registry.example.org',
      K8S_IMAGE_TAG: 'test',
    },
  });
});
afterEach(({ task }) => {
  if (task.result?.state === 'fail')
    process.stderr.write(`${world.logs()}\n--- bots\n${output.slice(-8_000)}`);
});
afterAll(async () => {
  await world?.close();
  await cluster?.close();
  await lab?.close();
  await rm(dir, { recursive: true, force: true });
});

/** Waits until the slot is free, and checks that the cluster is as it was before. */
async function expectNothingLeft() {
  const used = "SELECT count(*) AS n FROM bot_pool_slots WHERE state <> 'idle'";
  await expect.poll(() => world.database.query<{ n: string }>(used), SLOT_FREE).toEqual([{ n: '0' }]);
  for (const resource of ['jobs', 'pods', 'secrets'] as const) {
    expect(cluster.store.all(resource), resource).toEqual([]);
  }
}

it(
  'joins, records, leaves, delivers the recording, and leaves nothing in the cluster',
  async () => {
    const sent = await send(
      world,
      lab,
      { ...TALK, everyone_leaves_after_ms: 14_000 },
      { automatic_leave: { everyone_left_timeout_seconds: 1 } },
    );
    const bot = await world.untilStatus(sent.bot.id, ['DONE'], 2 * MINUTES);
    expect(await world.path(bot.id)).toEqual(GOOD_LIFE);
    expect(bot).toMatchObject({ end_reason: 'everyone_left', attempt: 1 });
    await expectGoodRecording(lab, world, sent);
    await expectNothingLeft();
  },
  3 * MINUTES,
);

it(
  'leaves in good order when its node is emptied, with all that it recorded',
  async () => {
    const sent = await send(world, lab, TALK);
    await world.untilStatus(sent.bot.id, ['IN_CALL'], 2 * MINUTES);
    await expect.poll(() => lab.presence(sent.code).turns.length, SLOT_FREE).toBeGreaterThanOrEqual(4);
    const [pod] = cluster.store.all('pods');
    cluster.evict(pod?.metadata.labels?.['meeboter/deployment-id'] ?? '');
    const bot = await world.untilStatus(sent.bot.id, ['DONE'], 2 * MINUTES);
    expect(bot.end_reason).toBe('shutdown');
    expect(onlyGuest(lab, sent.code).left_by).toBe('self');
    await expectGoodRecording(lab, world, sent);
    await expectNothingLeft();
  },
  3 * MINUTES,
);
