// A stand-in for Coolify, for tests: its API over HTTP on this machine, with state. Containers are programs of this
// machine. It models what the API does beyond its own description (version 4.3.11, read in its source): deployments are
// queued and two run at a time, a uuid in an answer may not exist, names are not unique, variables count from the next
// deployment on, a redeployment overlaps, a container that exits is started again, the status lags, a stop may get lost.
// Requests are checked against Coolify's own OpenAPI file (contract.ts). What it cannot show: real pulls, real SSH,
// and what else PHP does.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { deployRoutes } from './deploy-routes.ts';
import { type Env, guard, type Permission } from './guard.ts';
import { applicationRoutes } from './routes.ts';
import { World, type WorldOptions } from './world.ts';

export interface CoolifyOptions extends WorldOptions {
  requestsPerMinute?: number;
  /** What the token of `token` may do. */
  permissions?: readonly Permission[];
}

export interface Coolify {
  url: string;
  /** A token with the permissions of the options; read, write and deploy by default. */
  token: string;
  world: World;
  requests: string[];
  /** What was sent here and contradicts Coolify's OpenAPI file. */
  violations: string[];
  /** Switches the API off and on, as an admin does in the settings. */
  setApi(isOn: boolean): void;
  /** Carries out the deployments that `delayDeploys` has held back. */
  carryOutLate(): void;
  close(): Promise<void>;
}

export async function startCoolify(options: CoolifyOptions = {}): Promise<Coolify> {
  const world = new World(options);
  const token = '7|standInForCoolify';
  const requests: string[] = [];
  const violations: string[] = [];
  let isOn = true;
  const app = new Hono<Env>()
    .basePath('/api/v1')
    .use(
      guard({
        ...{ faults: world.faults, requests, violations, isApiDisabled: () => !isOn },
        tokens: { [token]: options.permissions ?? ['read', 'write', 'deploy'] },
        requestsPerMinute: options.requestsPerMinute ?? 200,
      }),
    )
    .route('/', applicationRoutes(world))
    .route('/', deployRoutes(world));
  app.notFound((c) => c.json({ message: 'Not found.', docs: 'https://coolify.io/docs' }, 404));
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}`, token, world, requests, violations },
    setApi: (on) => {
      isOn = on;
    },
    carryOutLate() {
      for (const carryOut of world.late.splice(0)) carryOut();
    },
    async close() {
      world.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
