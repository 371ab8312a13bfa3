// A stand-in for the API of AWS ECS with Fargate, as far as a deployer uses it: awsJson1.1 over HTTP, for the real
// client. It keeps state, runs containers as processes of this machine, and does what the real one does to clients:
// tasks that do not show at once, failures that come with HTTP 200, throttling under another name.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { ApiError, invalid } from './api-error.ts';
import type { Provider } from './capacity.ts';
import { Cluster, type ClusterOptions } from './cluster.ts';
import { Faults } from './faults.ts';
import {
  describeClusters,
  describeTaskDefinition,
  describeTasks,
  listTasks,
  parseBody,
  runTask,
  stopTask,
} from './requests.ts';

const OPERATIONS = [
  ...(['RunTask', 'StopTask', 'DescribeTasks', 'ListTasks'] as const),
  ...(['DescribeClusters', 'DescribeTaskDefinition'] as const),
];
export type Operation = (typeof OPERATIONS)[number];

export interface EcsOptions extends Partial<ClusterOptions> {
  taskDefinitions: ClusterOptions['taskDefinitions'];
  /** The access keys that the API takes. */
  accessKeyIds?: readonly string[];
}

export interface Ecs {
  /** The endpoint for the client. */
  url: string;
  cluster: Cluster;
  faults: Faults;
  /** The calls that were answered or carried out, in order. */
  calls: { operation: Operation; body: Record<string, unknown> }[];
  close(): Promise<void>;
}

const TARGET = 'AmazonEC2ContainerServiceV20141113.';
const PROVIDERS: readonly Provider[] = ['FARGATE', 'FARGATE_SPOT'];

export async function startEcs(options: EcsOptions): Promise<Ecs> {
  const cluster = new Cluster({ name: 'bots', providers: PROVIDERS, stepMs: 10, lagMs: 50, ...options });
  const accessKeyIds = options.accessKeyIds ?? ['lab'];
  const faults = new Faults();
  const calls: Ecs['calls'] = [];

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (faults.isAway) return void request.socket.destroy();
    const target = String(request.headers['x-amz-target']);
    const operation = OPERATIONS.find((name) => target === `${TARGET}${name}`);
    const body = JSON.parse(await text(request)) as Record<string, unknown>;
    if (!operation) throw new ApiError('UnknownOperationException', 'This operation is not known.');
    checkCredentials(request, accessKeyIds, faults);
    if ('cluster' in body && body.cluster !== cluster.options.name) {
      throw new ApiError('ClusterNotFoundException', 'Cluster not found.');
    }
    await faults.before(operation);
    const carryOut = () => {
      calls.push({ operation, body });
      return perform(cluster, operation, body);
    };
    if (operation === 'RunTask' && faults.delaysStart(carryOut)) {
      throw new ApiError('ServerException', 'Service Unavailable. Please try again later.', { status: 500 });
    }
    const result = carryOut();
    // Carried out, and the client never learns of it.
    if (operation === 'RunTask' && faults.losesAnswer()) return;
    send(response, 200, result);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!(error instanceof ApiError))
        return send(response, 500, { __type: 'ServerException', message: String(error) });
      send(response, error.status, { __type: error.name, message: error.message, ...error.extra });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ cluster, faults, calls },
    async close() {
      cluster.vanish('');
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(body));
}

/** Only who calls is checked, not the signature. */
function checkCredentials(request: IncomingMessage, accessKeyIds: readonly string[], faults: Faults): void {
  const [, id] =
    /Credential=([^/]+)\/\d{8}\/[\w-]+\/ecs\/aws4_request/.exec(request.headers.authorization ?? '') ?? [];
  if (id === undefined) {
    throw new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  if (faults.expired.has(id)) {
    throw new ApiError('ExpiredTokenException', 'The security token included in the request is expired');
  }
  if (!accessKeyIds.includes(id)) {
    throw new ApiError(
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    );
  }
}

function perform(cluster: Cluster, operation: Operation, body: unknown): unknown {
  switch (operation) {
    case 'DescribeClusters': {
      const { clusters } = parseBody(describeClusters, body);
      const { name, providers } = cluster.options;
      const isOurs = (it: string) => it === name;
      return {
        clusters: clusters
          .filter(isOurs)
          .map(() => ({ clusterName: name, status: 'ACTIVE', capacityProviders: providers })),
        failures: clusters.filter((it) => !isOurs(it)).map((arn) => ({ arn, reason: 'MISSING' })),
      };
    }
    case 'DescribeTaskDefinition':
      return {
        taskDefinition: cluster.definitionView(parseBody(describeTaskDefinition, body).taskDefinition),
      };
    case 'RunTask':
      return cluster.run(parseBody(runTask, body));
    case 'StopTask': {
      const { task: taskArn, reason } = parseBody(stopTask, body);
      const task = cluster.shown(taskArn);
      if (!task) throw invalid('The referenced task was not found.');
      task.stop(reason ?? '');
      return { task: task.view([]) };
    }
    case 'DescribeTasks': {
      const { tasks, include } = parseBody(describeTasks, body);
      if (tasks.some((arn) => arn.startsWith('arn:') && !arn.includes(`:task/${cluster.options.name}/`))) {
        throw invalid('Identifiers are for another cluster.');
      }
      const shown = tasks.map((arn) => ({ arn, task: cluster.shown(arn) }));
      return {
        tasks: shown.flatMap(({ task }) => task?.view(include) ?? []),
        failures: shown.flatMap(({ arn, task }) => (task ? [] : [{ arn, reason: 'MISSING' }])),
      };
    }
    case 'ListTasks': {
      const { startedBy, desiredStatus = 'RUNNING', maxResults, nextToken } = parseBody(listTasks, body);
      const arns = cluster
        .all()
        .filter((task) => task.desiredStatus === desiredStatus)
        .filter((task) => startedBy === undefined || task.options.startedBy === startedBy)
        .map((task) => task.options.taskArn);
      const from = Number(nextToken ?? 0);
      const to = from + maxResults;
      return { taskArns: arns.slice(from, to), ...(to < arns.length ? { nextToken: String(to) } : {}) };
    }
  }
}
