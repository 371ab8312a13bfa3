// The lab's own API: make meetings, act in them, read the judge's log.
import { Hono } from 'hono';
import { actionSchema } from '../meetings/action.ts';
import type { Room } from '../meetings/room.ts';
import type { Rooms } from '../meetings/rooms.ts';
import { scenarioSchema } from '../meetings/scenario.ts';
import { jsonBody, parse } from './problem.ts';

/** Routes under `/lab/v1`. */
export function controlRoutes(rooms: Rooms): Hono {
  const urlOf = (requestUrl: string, { path }: Room) => new URL(requestUrl).origin + path;

  return new Hono()
    .post('/meetings', async (c) => {
      const room = rooms.create(parse(scenarioSchema, await jsonBody(c)));
      return c.json({ code: room.code, url: urlOf(c.req.url, room) }, 201);
    })
    .get('/meetings', (c) =>
      c.json(
        rooms.all().map((room) => ({ code: room.code, ended: room.ended, url: urlOf(c.req.url, room) })),
      ),
    )
    .get('/meetings/:code', (c) => {
      const room = rooms.get(c.req.param('code'));
      const { code, scenario, ended } = room;
      return c.json({ code, url: urlOf(c.req.url, room), ended, scenario });
    })
    .get('/meetings/:code/presence', (c) => c.json(rooms.get(c.req.param('code')).presence()))
    .post('/meetings/:code/actions', async (c) => {
      const room = rooms.get(c.req.param('code'));
      room.act(parse(actionSchema, await jsonBody(c)));
      return c.json(room.presence());
    });
}
