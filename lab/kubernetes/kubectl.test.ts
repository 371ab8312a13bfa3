// The stand-in spoken to by another independent client, where the machine has it.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Cluster, startCluster } from './server.ts';

const run = promisify(execFile);
const hasKubectl = (() => {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

let cluster: Cluster;
let dir: string;
beforeEach(async () => {
  cluster = await startCluster({ command: process.execPath, args: ['--eval', '0'] });
  cluster.faults.anonymous = true;
  dir = await mkdtemp(join(tmpdir(), 'meeboter-kubectl-'));
  await writeFile(join(dir, 'kubeconfig'), cluster.kubeconfig());
  await writeFile(join(dir, 'job.json'), JSON.stringify(JOB));
});
afterEach(async () => {
  await cluster.close();
  await rm(dir, { recursive: true, force: true });
});

const JOB = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'one' },
  spec: {
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'bot', image: 'bot:1' }] } },
  },
};
const kubectl = async (...args: string[]) => {
  const env = { PATH: process.env.PATH ?? '', HOME: dir, KUBECONFIG: join(dir, 'kubeconfig') };
  const { stdout } = await run('kubectl', args, { env });
  return stdout;
};

it.skipIf(!hasKubectl)('creates, reads and deletes a Job with kubectl', async () => {
  const create = () => kubectl('create', '--validate=false', '--filename', join(dir, 'job.json'));
  expect(await create()).toContain('job.batch/one created');
  await expect(create()).rejects.toThrow('AlreadyExists');
  await expect
    .poll(() => kubectl('get', 'job', 'one', '--output', 'jsonpath={.status.conditions[*].type}'), {
      timeout: 10_000,
    })
    .toContain('Complete');
  expect(await kubectl('get', 'pods', '--output', 'name')).toContain('pod/one-');
  expect(await kubectl('delete', 'job', 'one', '--wait=false')).toContain('deleted');
  await expect(kubectl('get', 'job', 'one')).rejects.toThrow('NotFound');
});
