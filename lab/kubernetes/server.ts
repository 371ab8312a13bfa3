// A stand-in for a Kubernetes cluster: the part of the API that runs Jobs, over HTTP on 127.0.0.1, for the real
// clients (@kubernetes/client-node, kubectl). It keeps its objects, and runs its pods as processes on this machine.
// It shows what clients have to cope with: facts in docs/platforms/k8s.md.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { create, remove } from './api.ts';
import { type ClusterControl, controlOf } from './control.ts';
import { collectGarbage, endForeground } from './deletion.ts';
import { DISCOVERY } from './discovery.ts';
import { type Faults, noFaults } from './faults.ts';
import { runJobs } from './jobs.ts';
import { listPage } from './list.ts';
import { KubeNode, type Program } from './node.ts';
import { bodyOf, groupNameOf, targetOf } from './request.ts';
import { notFound, StatusError } from './status.ts';
import { Store } from './store.ts';
import { serveWatch } from './watch.ts';

/** How often the controllers and the node look at the objects. */
const ROUND_MS = 10;
const NAMESPACE = 'bots';

export interface Cluster extends ClusterControl {
  url: string;
  namespace: string;
  faults: Faults;
  store: Store;
  /** The text of a kubeconfig, with the token that the cluster takes or another one. */
  kubeconfig(token?: string): string;
  /** From now on the cluster takes only this token. */
  renewToken(token: string): void;
  /** How many requests have come so far. */
  requests(): number;
  /** How many watches are open. */
  watches(): number;
  /** Called before each page of a list. */
  onList: () => void;
  close(): Promise<void>;
}

export async function startCluster(program: Program): Promise<Cluster> {
  const store = new Store();
  const faults = noFaults();
  const node = new KubeNode(store, faults, program);
  let requests = 0;
  let watches = 0;
  let token = 'the-token-of-the-deployer';
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      const status =
        error instanceof StatusError ? error : new StatusError(500, 'InternalError', String(error));
      answer(response, status.code, status.body);
    });
  });

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests += 1;
    if (faults.away === 'hang') return;
    if (faults.away === 'drop') return void response.destroy();
    if (faults.away !== null) throw new StatusError(faults.away, 'ServiceUnavailable', 'the server is away');
    if (faults.slowMs > 0) await delay(faults.slowMs);
    if (!faults.anonymous && request.headers.authorization !== `Bearer ${token}`) {
      throw new StatusError(401, 'Unauthorized', 'Unauthorized');
    }
    if (faults.tooManyRequests > 0) {
      faults.tooManyRequests -= 1;
      response.setHeader('retry-after', '0');
      throw new StatusError(429, 'TooManyRequests', 'too many requests', { retryAfterSeconds: 0 });
    }
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const body = await bodyOf(request);
    const known = DISCOVERY[pathname];
    if (known) return answer(response, 200, known);
    if (pathname === '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews') {
      return answer(response, 201, review(body));
    }
    await serveObjects(request.method ?? '', pathname, searchParams, body, response);
  };

  const review = (body: Record<string, unknown>) => {
    const { verb, resource, namespace } = (body.spec as { resourceAttributes: Record<string, string> })
      .resourceAttributes;
    const allowed = namespace === NAMESPACE && !faults.denied.has(`${verb} ${resource}`);
    return { ...body, kind: 'SelfSubjectAccessReview', status: { allowed } };
  };

  const serveObjects = async (
    method: string,
    path: string,
    params: URLSearchParams,
    body: Record<string, unknown>,
    response: ServerResponse,
  ): Promise<void> => {
    const target = targetOf(path);
    if (!target) throw new StatusError(404, 'NotFound', 'the server could not find the requested resource');
    const { resource, name } = target;
    const isWatch = ['true', '1'].includes(params.get('watch') ?? '');
    const one = name === undefined ? 'list' : 'get';
    const verb = { POST: 'create', DELETE: 'delete' }[method] ?? (isWatch ? 'watch' : one);
    authorize(verb, target);
    const wrong = faults.wrongAnswer;
    if (wrong?.to === `${verb} ${resource}`) {
      faults.wrongAnswer = null;
      response.writeHead(wrong.code, { 'content-type': 'application/json' });
      response.end(wrong.body);
      return;
    }
    if (isWatch) {
      if (typeof faults.breakWatch === 'number') {
        const code = faults.breakWatch;
        faults.breakWatch = null;
        throw new StatusError(code, code === 410 ? 'Expired' : 'InternalError', 'the watch is refused');
      }
      watches += 1;
      response.on('close', () => {
        watches -= 1;
      });
      return serveWatch(store, faults, resource, params, response);
    }
    if (method === 'GET' && name === undefined) cluster.onList();
    if (method === 'GET' && name === undefined)
      return answer(response, 200, listPage(store, resource, params));
    if (method === 'GET') {
      const object = store.get(resource, name ?? '');
      if (!object) throw notFound(groupNameOf(resource), name ?? '');
      return answer(response, 200, object);
    }
    if (method === 'DELETE') {
      const given = (field: string) => params.get(field) ?? body[field];
      const grace = given('gracePeriodSeconds');
      const object = remove(store, target, {
        propagationPolicy: given('propagationPolicy') as string | undefined,
        gracePeriodSeconds: grace == null ? undefined : Number(grace),
      });
      return answer(response, 200, object);
    }
    const { take } = create(store, faults, target, body, params.get('fieldValidation') === 'Strict');
    if (faults.late && resource === 'jobs') {
      faults.late.push(() => void take());
      throw new StatusError(500, 'InternalError', 'etcdserver: request timed out');
    }
    const created = take();
    if (faults.loseAnswerOf !== resource) return answer(response, 201, created);
    faults.loseAnswerOf = null;
    response.destroy();
  };

  const authorize = (verb: string, { resource, namespace }: { resource: string; namespace: string }) => {
    if (namespace === NAMESPACE && !faults.denied.has(`${verb} ${resource}`)) return;
    const group = resource === 'jobs' ? 'batch' : '';
    throw new StatusError(
      403,
      'Forbidden',
      `${resource} is forbidden: User "system:serviceaccount:meeboter:deployer" cannot ${verb} resource "${resource}" in API group "${group}" in the namespace "${namespace}"`,
    );
  };

  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const timer = setInterval(() => {
    runJobs(store, faults);
    collectGarbage(store);
    node.run();
    endForeground(store);
  }, ROUND_MS);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cluster: Cluster = {
    ...controlOf(store, node, server),
    ...{
      url,
      namespace: NAMESPACE,
      faults,
      store,
      requests: () => requests,
      watches: () => watches,
      onList: () => undefined,
    },
    kubeconfig: (given = token) => kubeconfigOf(url, given),
    renewToken(renewed) {
      token = renewed;
    },
    async close() {
      clearInterval(timer);
      node.close();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return cluster;
}

function answer(response: ServerResponse, code: number, body: unknown): void {
  if (response.destroyed) return;
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** The client takes http addresses only with the switch for TLS. */
const kubeconfigOf = (server: string, token: string) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'deployer', user: { token } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'deployer', namespace: NAMESPACE } }],
    'current-context': 'lab',
  });
