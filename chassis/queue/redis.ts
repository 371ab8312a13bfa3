// BullMQ on Redis, one server or a cluster.
import { Queue, Worker } from 'bullmq';
import { Cluster, Redis } from 'ioredis';
import type { Log } from '../log.ts';
import { withTimeLimit } from '../time-limit.ts';
import { CONNECT_MS, type QueueServer, WORKER_OPTIONS } from './server.ts';

/**
 * The prefix of every key. In braces it is a hash tag: a cluster keeps all keys with the same tag on one node, and
 * BullMQ's scripts need all keys of a queue on the same node.
 * https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags
 */
export const PREFIX = '{meeboter}';

interface ClientOptions {
  enableOfflineQueue?: boolean;
  maxRetriesPerRequest: number | null;
}
/** Adding a job must fail at once when Redis is away: no offline queue, one try. */
const FOR_HINTS = { enableOfflineQueue: false, maxRetriesPerRequest: 1 };
/** BullMQ requires this of the connections of workers. */
const FOR_WORK = { maxRetriesPerRequest: null };

/**
 * Connects to Redis. Two connections are shared by all queues and workers of this process; each worker has
 * one more, on which it waits for jobs. With a cluster it is so many to each node in use; whether the server
 * belongs to a cluster is asked of the server. Throws the error of the connection, or a readable Error when Redis
 * may evict keys.
 */
export async function connectRedis(url: string, log: Log): Promise<QueueServer> {
  const open: (Redis | Cluster)[] = [];
  const close = () => {
    for (const redis of open) redis.disconnect();
  };
  const use = async <Client extends Redis | Cluster>(client: Client): Promise<Client> => {
    open.push(client);
    client.on('error', (err: Error) => log.debug({ err }, 'redis connection'));
    await connect(client);
    return client;
  };
  try {
    const node = await use(new Redis(url, { ...FOR_HINTS, lazyConnect: true }));
    await refuseEviction(node);
    const isCluster = await isPartOfCluster(node);
    const hints = isCluster ? await use(clusterAt(url, FOR_HINTS)) : node;
    const work = await use(
      isCluster ? clusterAt(url, FOR_WORK) : new Redis(url, { ...FOR_WORK, lazyConnect: true }),
    );
    // Was needed only to ask for the settings.
    if (isCluster) node.disconnect();
    return {
      kind: 'redis',
      queue: (name) => new Queue(name, { connection: hints, prefix: PREFIX, skipWaitingForReady: true }),
      worker: (name, processor, concurrency) =>
        new Worker(name, processor, { connection: work, prefix: PREFIX, concurrency, ...WORKER_OPTIONS }),
      async ping() {
        await hints.ping();
      },
      async close() {
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** The cluster that the server at this address belongs to. */
function clusterAt(url: string, { enableOfflineQueue = true, maxRetriesPerRequest }: ClientOptions): Cluster {
  const { protocol, hostname, port, username, password } = new URL(url);
  const redisOptions = {
    maxRetriesPerRequest,
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
  };
  return new Cluster([{ host: hostname, port: Number(port || 6379) }], {
    redisOptions,
    enableOfflineQueue,
    lazyConnect: true,
    // Do not replace host names by addresses: TLS certificates are issued for names.
    dnsLookup: (address, callback) => callback(null, address),
  });
}

async function isPartOfCluster(node: Redis): Promise<boolean> {
  const info = await withTimeLimit(CONNECT_MS, () => node.info('cluster'));
  return /^cluster_enabled:1/m.test(info);
}

/** Connects, or throws the reason. The error of `connect()` itself says only that the connection is closed. */
async function connect(redis: Redis | Cluster): Promise<void> {
  let reason: Error | undefined;
  const keepReason = (error: Error) => {
    reason = error;
  };
  redis.on('error', keepReason);
  try {
    await withTimeLimit(CONNECT_MS, () => redis.connect());
  } catch (error) {
    throw reason ?? error;
  } finally {
    redis.off('error', keepReason);
  }
}

/** Throws when Redis may evict jobs. Some managed services forbid the command; then nothing can be checked. */
async function refuseEviction(redis: Redis): Promise<void> {
  const ask = () => redis.config('GET', 'maxmemory-policy').catch(() => []);
  const [, policy] = (await withTimeLimit(CONNECT_MS, ask)) as string[];
  if (policy !== undefined && policy !== 'noeviction') {
    throw new Error(`Redis may evict jobs: maxmemory-policy is "${policy}", it must be "noeviction"`);
  }
}
