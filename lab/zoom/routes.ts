// The addresses of the Zoom room, under the same paths as on the platform.
import { Hono } from 'hono';
import { clientPage } from '../http/client-page.ts';
import type { Rooms } from '../meetings/rooms.ts';

/** Routes at the root of the lab. */
export function zoomRoutes(rooms: Rooms): Hono {
  return new Hono().get('/j/:code{[0-9]{9,11}}', (c) => {
    const room = rooms.find(c.req.param('code'));
    const page = room && !room.ended && !room.scenario.not_found ? 'launcher' : 'not_found';
    return clientPage(c, { html: 'zoom/meeting.html', page, room });
  });
}
