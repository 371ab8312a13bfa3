// The addresses of the Google Meet room, under the same paths as on the platform.
import { type Context, Hono } from 'hono';
import { clientPage } from '../http/client-page.ts';
import { MEETING_CODE } from '../meetings/code.ts';
import type { Room } from '../meetings/room.ts';
import type { Rooms } from '../meetings/rooms.ts';

/** Which page a meeting's link shows first. */
function firstPage(room: Room | undefined): string {
  if (!room || room.ended || room.scenario.not_found) return 'not_found';
  if (room.scenario.blocked === true) return 'blocked';
  if (room.scenario.captcha === true) return 'captcha';
  return 'prejoin';
}

const meetPage = (c: Context, room: Room | undefined, page: string) =>
  clientPage(c, { html: 'meet/meeting.html', page, room });

/** Routes at the root of the lab. Whatever no other room answers is a Meet link that leads nowhere. */
export function meetRoutes(rooms: Rooms): Hono {
  return new Hono()
    .get('/lab/recaptcha/enterprise/anchor', (c) =>
      c.html('<!doctype html><title>reCAPTCHA</title><label><input type="checkbox"> I’m not a robot</label>'),
    )
    .get('/landing', (c) => meetPage(c, undefined, 'start'))
    .get('/v3/signin/identifier', (c) => meetPage(c, undefined, 'sign_in'))
    .get(`/:code{${MEETING_CODE}}`, async (c) => {
      const room = rooms.find(c.req.param('code'));
      if (room?.scenario.sign_in_required && !room.ended) {
        const hl = c.req.query('hl');
        const query = new URLSearchParams({ continue: c.req.url, ...(hl && { hl }) });
        return c.redirect(`/v3/signin/identifier?${query}`);
      }
      return meetPage(c, room, firstPage(room));
    })
    .get('*', (c) => meetPage(c, undefined, 'not_found'));
}
