// The addresses of the Microsoft Teams room, under the same paths as on the platform.
import { type Context, Hono } from 'hono';
import { clientPage } from '../http/client-page.ts';
import type { Rooms } from '../meetings/rooms.ts';

/** Routes at the root of the lab. */
export function teamsRoutes(rooms: Rooms): Hono {
  const open = (c: Context, code: string) => {
    const room = rooms.find(code);
    const page = room && !room.ended && !room.scenario.not_found ? 'launcher' : 'not_found';
    return clientPage(c, { html: 'microsoft-teams/meeting.html', page, room });
  };
  return new Hono()
    .get('/meet/:code{[0-9]{9,15}}', (c) => open(c, c.req.param('code')))
    .get('/l/meetup-join/:thread/:message', (c) =>
      open(c, /^19:meeting_([\w-]+)@thread\.v2$/.exec(c.req.param('thread'))?.[1] ?? ''),
    );
}
