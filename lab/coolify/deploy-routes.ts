// The routes of the stand-in that start and stop containers.

import { setTimeout as delay } from 'node:timers/promises';
import { type Context, Hono } from 'hono';
import { newUuid } from './applications.ts';
import type { Deployment } from './deployments.ts';
import { take } from './faults.ts';
import type { Env } from './guard.ts';
import type { World } from './world.ts';

const NOT_FOUND = { message: 'Application not found.' };
const CHANGED = { message: 'This endpoint has changed to a POST request.' };

export function deployRoutes(world: World) {
  const { faults, deployments } = world;
  const app = new Hono<Env>();
  const view = (c: Context<Env>, it: Deployment) => ({
    ...{ deployment_uuid: it.deployment_uuid, status: it.status, created_at: it.created_at },
    application_id: String(it.application.id),
    ...(c.get('permissions').includes('read:sensitive') ? { logs: it.logs } : {}),
  });
  /** GET did the same as POST before 4.2. */
  const isGone = (c: Context<Env>) => c.req.method === 'GET' && Number.parseFloat(world.version) >= 4.2;

  app.on(['GET', 'POST'], '/deploy', (c) => {
    if (isGone(c)) return c.json(CHANGED, 405, { allow: 'POST' });
    const uuid = c.req.query('uuid');
    if (!uuid) return c.json({ message: 'You must provide uuid or tag.' }, 400);
    const application = world.find(uuid);
    if (!application) return c.json({ message: 'No resources found.' }, 404);
    const answer = (message: string, deployment_uuid: string) =>
      c.json({ deployments: [{ message, resource_uuid: uuid, deployment_uuid }] });
    if (take(faults, 'delayDeploys')) {
      world.late.push(() => deployments.add(application));
      return c.html('<h1>502 Bad Gateway</h1>', 502);
    }
    if (deployments.active().some((it) => it.application === application)) {
      return answer('Deployment already queued for this commit.', newUuid());
    }
    if (deployments.isFull()) {
      const message = 'Deployment queue is full. Please try again later.';
      return c.json({ message }, 429, { 'retry-after': '60' });
    }
    const message = `Application ${application.name} deployment queued.`;
    if (take(faults, 'phantomDeploys')) return answer(message, newUuid());
    const { deployment_uuid } = deployments.add(application);
    if (take(faults, 'loseDeployAnswers')) c.env.outgoing.destroy();
    return answer(message, deployment_uuid);
  });

  app.on(['GET', 'POST'], '/applications/:uuid/stop', (c) => {
    if (isGone(c)) return c.json(CHANGED, 405, { allow: 'POST' });
    const application = world.find(c.req.param('uuid'));
    if (!application) return c.json(NOT_FOUND, 404);
    if (!take(faults, 'loseStops')) {
      const stop = async () => {
        await delay(world.stopMs, undefined, { ref: false });
        await application.stop(application.containers);
        application.show('exited:unhealthy');
      };
      void stop();
    }
    return c.json({ message: 'Application stopping request queued.' });
  });

  app.get('/deployments', (c) => {
    const active = deployments.active().map((it) => view(c, it));
    // A filtered PHP collection keeps its keys, and becomes an object when they have gaps.
    return c.json(active.length % 2 === 1 ? { 1: active[0], ...active.slice(1) } : active);
  });
  app.get('/deployments/applications/:uuid', (c) => {
    const application = world.find(c.req.param('uuid'));
    if (!application) return c.json(NOT_FOUND, 404);
    const all = deployments.of(application);
    const take = Number(c.req.query('take') ?? 10);
    return c.json({ count: all.length, deployments: all.slice(0, take).map((it) => view(c, it)) });
  });
  app.post('/deployments/:uuid/cancel', (c) => {
    const found = deployments.all.find((it) => it.deployment_uuid === c.req.param('uuid'));
    if (!found) return c.json({ message: 'Deployment not found.' }, 404);
    if (!deployments.cancel(found)) {
      return c.json({ message: `Deployment cannot be cancelled. Current status: ${found.status}` }, 400);
    }
    if (take(faults, 'failCancelAnswers')) return c.json({ message: 'Server Error' }, 500);
    return c.json({
      message: 'Deployment cancelled.',
      deployment_uuid: found.deployment_uuid,
      status: found.status,
    });
  });
  return app;
}
