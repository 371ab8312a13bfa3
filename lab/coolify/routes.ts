// The routes of the stand-in for reading, making and changing applications.
import { Hono } from 'hono';
import type { Application } from './applications.ts';
import { fieldsOf } from './contract.ts';
import { take } from './faults.ts';
import type { Env } from './guard.ts';
import type { World } from './world.ts';

const NOT_FOUND = { message: 'Application not found.' };
/** The column is varchar(255), and its length is not checked. */
const LONGEST_DESCRIPTION = 255;

export function applicationRoutes(world: World) {
  const { faults } = world;
  const app = new Hono<Env>();
  const view = (it: Application) => ({
    ...{ id: it.id, uuid: it.uuid, name: it.name, description: it.description },
    ...{ docker_registry_image_name: it.fields.docker_registry_image_name },
    ...{ docker_registry_image_tag: it.fields.docker_registry_image_tag },
    status: faults.showsAllExited ? 'exited:unhealthy' : it.status,
    created_at: it.createdAt.toISOString(),
    updated_at: it.createdAt.toISOString(),
  });

  app.get('/version', (c) => c.html(world.version));
  app.get('/projects/:uuid/:environment', (c) => {
    const { uuid, environment } = c.req.param();
    if (uuid !== world.projectUuid) return c.json({ message: 'Project not found.' }, 404);
    if (environment !== 'production') return c.json({ message: 'Environment not found.' }, 404);
    return c.json({ id: 1, name: environment, applications: world.applications.map(view) });
  });
  app.get('/servers/:uuid', (c) =>
    c.req.param('uuid') === world.serverUuid
      ? c.json({ uuid: world.serverUuid, settings: { is_reachable: true, is_usable: true } })
      : c.json({ message: 'Server not found.' }, 404),
  );
  app.get('/servers/:uuid/resources', (c) => {
    const other = {
      id: 1,
      uuid: 'db',
      name: 'postgres',
      type: 'standalone-postgresql',
      status: 'running:healthy',
    };
    const ours = world.applications.map((it) => ({ ...view(it), type: 'application' }));
    return c.json(faults.isListShort ? [] : [...ours, other]);
  });
  app.get('/applications', (c) => {
    const tag = c.req.query('tag');
    const found = world.applications.filter(({ tags }) => tag === undefined || tags.includes(tag));
    return c.json(faults.isListShort ? [] : found.map(view));
  });

  app.post('/applications/dockerimage', async (c) => {
    const body: Record<string, unknown> = await c.req.json();
    const unknown = unknownFields(world, 'post', '/applications/dockerimage', body);
    if (unknown) return c.json(unknown, 422);
    if (body.project_uuid !== world.projectUuid) return c.json({ message: 'Project not found.' }, 404);
    if (body.server_uuid !== world.serverUuid) return c.json({ message: 'Server not found.' }, 404);
    if (world.hasManyDestinations && body.destination_uuid === undefined) {
      const message = 'Server has multiple destinations and you do not set destination_uuid.';
      return c.json({ message }, 400);
    }
    const { name, tags, description, ...fields } = body;
    const made = world.newApplication();
    made.name = String(name ?? made.uuid);
    made.description = typeof description === 'string' ? description : null;
    made.tags = Array.isArray(tags) ? tags.map(String) : [];
    made.fields = fields;
    if (take(faults, 'loseCreateAnswers')) c.env.outgoing.destroy();
    return c.json({ uuid: made.uuid, domains: null }, 201);
  });

  app.get('/applications/:uuid', (c) => {
    const found = world.find(c.req.param('uuid'));
    return found ? c.json(view(found)) : c.json(NOT_FOUND, 404);
  });
  app.patch('/applications/:uuid', async (c) => {
    const found = world.find(c.req.param('uuid'));
    if (!found) return c.json(NOT_FOUND, 404);
    const body: Record<string, unknown> = await c.req.json();
    const unknown = unknownFields(world, 'patch', '/applications/{uuid}', body);
    if (unknown) return c.json(unknown, 422);
    const { name, description, ...fields } = body;
    if (typeof description === 'string') {
      if (description.length > LONGEST_DESCRIPTION) return c.json({ message: 'Server Error' }, 500);
      found.description = description;
    }
    if (typeof name === 'string') found.name = name;
    Object.assign(found.fields, fields);
    return c.json({ uuid: found.uuid });
  });
  app.delete('/applications/:uuid', (c) => {
    const found = world.find(c.req.param('uuid'));
    if (!found) return c.json(NOT_FOUND, 404);
    void found.stop(found.containers).finally(() => world.remove(found));
    return c.json({ message: 'Application deletion request queued.' });
  });
  app.patch('/applications/:uuid/envs/bulk', async (c) => {
    const found = world.find(c.req.param('uuid'));
    if (!found) return c.json(NOT_FOUND, 404);
    const { data }: { data?: { key: string; value: unknown }[] } = await c.req.json();
    if (!data || data.length === 0) return c.json({ message: 'Bulk data is required.' }, 400);
    for (const { key, value } of data) {
      // Not one transaction: what came before stays.
      if (typeof value !== 'string') {
        return c.json(
          { message: 'Validation failed.', errors: { value: ['The value must be a string.'] } },
          422,
        );
      }
      found.setVariable(key, value);
    }
    return c.json(
      data.map(({ key }) => ({ key })),
      201,
    );
  });
  app.get('/applications/:uuid/logs', (c) => {
    const found = world.find(c.req.param('uuid'));
    if (!found) return c.json(NOT_FOUND, 404);
    // Coolify looks on the server for this one.
    const isLive = found.truth().startsWith('running');
    return isLive ? c.json({ logs: '' }) : c.json({ message: 'Application is not running.' }, 400);
  });
  return app;
}

/** Fields that a version does not know yet. */
const SINCE: Readonly<Record<string, (version: number) => boolean>> = {
  is_consistent_container_name_enabled: (version) => version >= 4.3,
  max_restart_count: (version) => version >= 4.3,
  stop_grace_period: (version) => version >= 4.2,
  docker_images_to_keep: (version) => version >= 4.2,
};

function unknownFields(world: World, method: string, path: string, body: Record<string, unknown>) {
  const known = fieldsOf(method, path);
  const version = Number.parseFloat(world.version);
  const unknown = Object.keys(body).filter(
    (field) => !known.includes(field) || SINCE[field]?.(version) === false,
  );
  if (unknown.length === 0) return null;
  const errors = Object.fromEntries(unknown.map((field) => [field, ['This field is not allowed.']]));
  return { message: 'Validation failed.', errors };
}
