// The lab: the simulated outside world. One HTTP server with meeting pages that a
// bot or a person can open, an API to make meetings and act in them, and a log
// of who was really there. See README.md.

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { FarEnd } from './far-end/far-end.ts';
import { controlRoutes } from './http/control.ts';
import { changesOnlySameOrigin, limitedBody, onlyUnder } from './http/edge.ts';
import { guestRoutes } from './http/guest.ts';
import { pageRoutes } from './http/pages.ts';
import { parse, problemAnswer } from './http/problem.ts';
import { type ActionInput, actionSchema } from './meetings/action.ts';
import type { Presence } from './meetings/presence.ts';
import { Rooms } from './meetings/rooms.ts';
import { type ScenarioInput, scenarioSchema } from './meetings/scenario.ts';

export interface LabOptions {
  /** 0: any free port. */
  port?: number;
  host?: string;
  /** Names under which the lab is reached, besides its addresses and `localhost`. */
  names?: readonly string[];
  /** The browser that plays the simulated people; looked for in the usual places when not given. */
  chromiumPath?: string | undefined;
}

export interface Lab {
  origin: string;
  /** Makes a meeting; its link works until somebody ends it. Throws LabProblem on a bad scenario. */
  createMeeting(scenario?: ScenarioInput): { code: string; url: string };
  /** What the lab saw in a meeting so far. */
  presence(code: string): Presence;
  /** Does something in a meeting now: `'admit'`, or `{ action: 'reconnect', for_ms: 3000 }`. */
  act(code: string, action: ActionInput['action'] | ActionInput): void;
  /** Ends every meeting, the far end's browser and the server. */
  close(): Promise<void>;
}

/** A guest's page has two; one that reads nothing holds no more than what is small enough to be held. */
const MOST_CONNECTIONS = 1_000;

function listen(server: Server, port: number, host: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? `port ${port} is in use` : cause.message;
      reject(new Error(`the lab cannot listen on ${host}:${port}: ${why}`, { cause }));
    });
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });
}

/**
 * Starts a lab.
 *
 * @example
 * const lab = await startLab();
 * const { url, code } = lab.createMeeting({ admit_after_ms: 500 });
 * // … send a bot to url …
 * lab.presence(code).guests; // one row per knock
 * await lab.close();
 */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const { port = 0, host = '127.0.0.1', names = [], chromiumPath } = options;
  let origin = '';
  const farEnd = new FarEnd({ pageUrl: () => `${origin}/lab/assets/far-end/index.html`, chromiumPath });
  const rooms = new Rooms(farEnd);
  const app = new Hono()
    .onError(problemAnswer)
    .use(onlyUnder([host, ...names]), limitedBody, changesOnlySameOrigin)
    .route('/lab/v1', controlRoutes(rooms))
    .route('/lab/guest', guestRoutes(rooms))
    .route('/', pageRoutes(rooms));
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.maxConnections = MOST_CONNECTIONS;
  const address = await listen(server, port, host);
  origin = `http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host}:${address.port}`;

  return {
    origin,
    createMeeting(scenario = {}) {
      const { code, path } = rooms.create(parse(scenarioSchema, scenario));
      return { code, url: origin + path };
    },
    presence: (code) => rooms.get(code).presence(),
    act: (code, action) =>
      rooms.get(code).act(parse(actionSchema, typeof action === 'string' ? { action } : action)),
    async close() {
      rooms.close();
      await farEnd.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
