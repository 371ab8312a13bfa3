// API, scheduler and deployer as processes, with the stand-ins of AWS, Kubernetes and Coolify in this one. Their
// containers claim their bots and stay.
import { chmodSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../infra/embedded/free-port.ts';
import { processProgram } from '../../lab/coolify/program.ts';
import { type Coolify, startCoolify } from '../../lab/coolify/server.ts';
import { type Ecs, startEcs } from '../../lab/ecs/server.ts';
import { type Cluster, startCluster } from '../../lab/kubernetes/server.ts';
import { closing } from '../control-plane/cleanup.ts';
import { post } from '../control-plane/http.ts';
import { Program } from '../control-plane/program.ts';
import { type Servers, startServers } from '../control-plane/servers.ts';
import { makeAccounts, untilListening } from '../control-plane/world.ts';

const CLAIM = fileURLToPath(new URL('./claim.sh', import.meta.url));
const main = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const MEETING = 'https://meet.google.com/abc-defg-hij';

export interface PlatformsWorld {
  servers: Servers;
  ecs: Ecs;
  cluster: Cluster;
  coolify: Coolify;
  /** The variables of the three platforms. */
  env: Record<string, string>;
  /** Books a bot. Without `joinAt`: for now. */
  book(joinAt?: Date): Promise<void>;
  /** Waits until so many bots have been claimed; false: not in time. */
  untilClaimed(count: number, withinMs: number): Promise<boolean>;
  /** Ends the deployer, so that deployments stay as they are. */
  stopDeployer(): Promise<void>;
  close(): Promise<void>;
}

/** Starts it. `env`: limits, priority and rates. `leadMs`: the measured lead of all platforms; unset: the assumed ones. */
export async function startPlatformsWorld(
  more: Record<string, string>,
  { leadMs }: { leadMs?: number } = {},
): Promise<PlatformsWorld> {
  const servers = await startServers(false);
  chmodSync(CLAIM, 0o755);
  const program = { command: CLAIM, args: [] };
  const ecs = await startEcs({ taskDefinitions: { bot: { container: 'bot', program } } });
  const cluster = await startCluster(program);
  const coolify = await startCoolify({
    program: processProgram(CLAIM, []),
    deployMs: 300,
    stopMs: 200,
    lagMs: 500,
  });
  const closers = [() => ecs.close(), () => cluster.close(), () => coolify.close()].map((close) =>
    closing(close),
  );
  writeFileSync(join(servers.dir, 'kubeconfig'), cluster.kubeconfig());
  const apiPort = await freePort();
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const env = {
    ...servers.env,
    API_PORT: String(apiPort),
    // The containers send no reports.
    LEASE_BEFORE_ADMISSION_MS: '600000',
    GLOBAL_QUEUE_TIMEOUT_MS: '600000',
    ...{ AWS_ACCESS_KEY_ID: 'lab', AWS_SECRET_ACCESS_KEY: 'secret', AWS_ENDPOINT_URL_ECS: ecs.url },
    ...{ AWS_REGION: 'eu-central-1', AWS_ECS_CLUSTER: 'bots', AWS_ECS_SUBNETS: 'subnet-1' },
    ...{ AWS_ECS_SECURITY_GROUPS: 'sg-1', AWS_ECS_TASK_DEF_GOOGLE_MEET: 'bot' },
    ...{ K8S_NAMESPACE: cluster.namespace, K8S_KUBECONFIG: join(servers.dir, 'kubeconfig') },
    ...{ K8S_IMAGE_REGISTRY: 'registry.example.org', K8S_IMAGE_TAG: 'bench' },
    ...{
      COOLIFY_API_URL: coolify.url,
      COOLIFY_API_TOKEN: coolify.token,
      COOLIFY_IMAGE: 'meeboter/bot:bench',
    },
    COOLIFY_PROJECT_UUID: coolify.world.projectUuid,
    COOLIFY_SERVER_UUID: coolify.world.serverUuid,
    ...more,
  };
  const [account] = await makeAccounts(env, 1);
  if (leadMs !== undefined) {
    await servers.pool.query(
      `INSERT INTO bot_pool_platforms (deployment_platform, lead_ms) SELECT unnest(ARRAY['aws', 'k8s', 'coolify']), $1`,
      [leadMs],
    );
  }
  const programs = ['api', 'scheduler', 'deployer'].map(
    (name) => new Program({ name, main: main(`../../${name}/main.ts`), env, dir: servers.dir }),
  );
  await untilListening(apiUrl);
  const agent = new Agent({ keepAlive: true });
  return {
    ...{ servers, ecs, cluster, coolify, env },
    async book(joinAt) {
      const join = joinAt ? { join_at: joinAt.toISOString() } : {};
      await post(
        agent,
        `${apiUrl}/v1/bots`,
        { meeting_url: MEETING, queue_timeout_ms: 600_000, ...join },
        account?.apiKey,
      );
    },
    async untilClaimed(count, withinMs) {
      for (const endMs = performance.now() + withinMs; performance.now() < endMs; await delay(200)) {
        const { rows } = await servers.pool.query<{ n: number }>(
          'SELECT count(*)::int AS n FROM bots WHERE claimed_at IS NOT NULL',
        );
        if ((rows[0]?.n ?? 0) >= count) return true;
      }
      return false;
    },
    async stopDeployer() {
      await programs.at(-1)?.stop();
    },
    async close() {
      agent.destroy();
      await Promise.all(programs.map((it) => it.stop()));
      for (const close of closers) await close();
      await servers.close();
    },
  };
}
