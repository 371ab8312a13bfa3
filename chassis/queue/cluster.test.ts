// The queue on a Redis cluster of three nodes, with jobs that pass through it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually } from '../../e2e/support/eventually.ts';
import { freePort } from '../../infra/embedded/free-port.ts';
import { defineJob, type JobBackend } from '../jobs.ts';
import { createLog } from '../log.ts';
import { openQueue } from '../queue.ts';
import { PREFIX } from './redis.ts';

const LAST_SLOT = 16_383;
const NODES = 3;

const job = defineJob({
  queue: 'cluster-test',
  payload: z.object({ n: z.int() }),
  jobId: ({ n }) => `n-${n}`,
  attempts: 2,
  backoffMs: 10,
  concurrency: 2,
});
const again = defineJob({ ...job, queue: 'cluster-test-again' });

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A cluster of empty nodes that share the slots; returns a client of each. */
async function startCluster(): Promise<{ url: string; nodes: Redis[] }> {
  const dir = mkdtempSync(join(tmpdir(), 'redis-cluster-'));
  ends.push(async () => rmSync(dir, { recursive: true, force: true }));
  const nodes: Redis[] = [];
  const ports: number[] = [];
  for (let n = 0; n < NODES; n += 1) {
    // The nodes speak to each other on a port of their own.
    const [port, busPort] = [await freePort(), await freePort()];
    const args = [
      ...['--port', String(port), '--cluster-port', String(busPort), '--bind', '127.0.0.1'],
      ...['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${n}.conf`, '--dir', dir],
      ...['--save', '', '--requirepass', 'of-the-tests', '--masterauth', 'of-the-tests'],
    ];
    const server = spawn('redis-server', args, { stdio: 'ignore' });
    ends.push(async () => {
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
    });
    const node = new Redis(`redis://:of-the-tests@127.0.0.1:${port}`, { maxRetriesPerRequest: 200 });
    node.on('error', () => undefined);
    ends.push(async () => node.disconnect());
    await node.ping();
    const share = (index: number) => Math.floor(((LAST_SLOT + 1) * index) / NODES);
    await node.call('CLUSTER', 'ADDSLOTSRANGE', share(n), share(n + 1) - 1);
    if (ports[0] !== undefined)
      await node.call('CLUSTER', 'MEET', '127.0.0.1', ports[0], await busPortOf(nodes[0]));
    nodes.push(node);
    ports.push(port);
  }
  for (const node of nodes) {
    await eventually('the cluster is whole', async () =>
      /cluster_state:ok.*cluster_known_nodes:3/s.test(String(await node.call('CLUSTER', 'INFO'))),
    );
  }
  // Of a node that has none of the keys: it only knows who does.
  const slot = Number(await nodes[0]?.call('CLUSTER', 'KEYSLOT', PREFIX));
  const other = (Math.floor((slot * NODES) / (LAST_SLOT + 1)) + 1) % NODES;
  return { url: `redis://:of-the-tests@127.0.0.1:${ports[other]}`, nodes };
}

/** `CLUSTER NODES` begins with `<id> <host>:<port>@<bus port>`. */
async function busPortOf(node: Redis | undefined): Promise<number> {
  return Number(/@(\d+)/.exec(String(await node?.call('CLUSTER', 'NODES')))?.[1]);
}

it('takes jobs through, with all keys of all queues in one slot', async () => {
  const { url, nodes } = await startCluster();
  const backend: JobBackend = await openQueue({
    redisUrl: url,
    databaseUrl: '',
    log: createLog({ level: 'silent' }),
  });
  ends.push(() => backend.close(1_000));
  const handled: string[] = [];
  backend.work(job, async ({ n }, { tryNumber }) => {
    if (n === 1 && tryNumber === 1) throw new Error('once more');
    handled.push(`first ${n}`);
  });
  backend.work(again, async ({ n }) => void handled.push(`again ${n}`));
  backend.repeat(again, { n: 7 }, 100);
  expect(await backend.send(job, { n: 1 })).toBe(true);
  expect(await backend.sendMany(job, [{ payload: { n: 2 } }, { payload: { n: 3 }, delayMs: 50 }])).toBe(true);
  await eventually('all are handled', () =>
    ['first 1', 'first 2', 'first 3', 'again 7'].every((one) => handled.includes(one)),
  );
  await backend.ping();

  const keys = (await Promise.all(nodes.map((node) => node.keys('*')))).flat();
  expect(keys.some((key) => key.includes(':cluster-test:'))).toBe(true);
  expect(keys.some((key) => key.includes(':cluster-test-again:'))).toBe(true);
  const slots = await Promise.all(keys.map((key) => nodes[0]?.call('CLUSTER', 'KEYSLOT', key)));
  expect(new Set(slots).size).toBe(1);
});
