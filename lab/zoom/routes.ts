// The addresses of the Zoom room, under the same paths as on the platform: the launcher, the web client in
// its two forms, and the pages to which a meeting that cannot be joined or is over leads.
import { type Context, Hono } from 'hono';
import { clientPage } from '../http/client-page.ts';
import type { Room } from '../meetings/room.ts';
import type { Rooms } from '../meetings/rooms.ts';
import { variantOf } from './variants.ts';
import { visit } from './visits.ts';

const HTML = 'zoom/meeting.html';
const CODE = '[0-9]{9,11}';
const LAUNCHERS = ['j', 's', 'w'];

/** The request's path changed, with its query as it is. */
const movedTo = (c: Context, path: string) => c.redirect(path + new URL(c.req.url).search);

/** A page without a meeting. */
const plain = (page: string) => (c: Context) => clientPage(c, { html: HTML, page, room: undefined });

/** Whether the room's host has not started it. That counts from the first visit. */
function notStarted(room: Room): boolean {
  const { starts_after_ms } = room.scenario.zoom;
  return starts_after_ms !== null && Date.now() < visit(room).firstOpenedAt + starts_after_ms;
}

/** Where a link leads that opens no client, or null. */
function elsewhere(c: Context, room: Room): string | null {
  const { sign_in_required, zoom } = room.scenario;
  if (zoom.registration_required && !c.req.query('tk')) return `/meeting/register/${room.code}`;
  if (sign_in_required && zoom.sign_in_wording === null) return '/signin';
  return null;
}

/** Which page the client's address shows first. The client inside of a frame is the same page, and says so. */
function clientPageOf(c: Context, room: Room, client: 'react' | 'classic'): string {
  const { sign_in_required, blocked, captcha, variant, zoom } = room.scenario;
  if (notStarted(room)) return zoom.before_start === 'error' ? 'not_found' : 'not_started';
  if (sign_in_required) return 'prompt';
  if (zoom.network_blocked) return 'network';
  if (blocked === true) return 'blocked';
  if (captcha === true) return 'captcha';
  const isInside = client === 'classic' || c.req.query('iframe') === '1';
  return isInside || variantOf(variant).frame === 'none' ? 'prejoin' : 'frame';
}

/** What only Zoom's pages have to know. */
function bootOf(c: Context, room: Room, client: 'react' | 'classic') {
  const { zoom, variant, device_gate } = room.scenario;
  const { search } = new URL(c.req.url);
  const passcode = c.req.query('pwd') ?? '';
  return {
    ...zoom,
    ...variantOf(variant),
    client,
    permission_dialogs: Math.max(zoom.permission_dialogs, Number(device_gate)),
    passcode,
    asks_passcode: !room.opensWith(passcode),
    client_path: (zoom.client === 'classic' ? `/wc/join/${room.code}` : `/wc/${room.code}/join`) + search,
    app_query: `//zoom.us/join?action=join&confno=${room.code}&pwd=${encodeURIComponent(passcode)}`,
  };
}

/** Routes at the root of the lab. */
export function zoomRoutes(rooms: Rooms): Hono {
  const find = (c: Context): Room | undefined => {
    const room = rooms.find(c.req.param('code') ?? '');
    const { platform, not_found } = room?.scenario ?? {};
    return room && platform === 'zoom' && !room.ended && !not_found ? room : undefined;
  };

  const launcher = async (c: Context): Promise<Response> => {
    const room = find(c);
    if (!room) return plain('not_found')(c);
    visit(room);
    const away = room.scenario.zoom.registration_required ? elsewhere(c, room) : null;
    if (away) return c.redirect(away);
    return clientPage(c, { html: HTML, page: 'launcher', room, more: bootOf(c, room, 'react') });
  };

  const client =
    (kind: 'react' | 'classic') =>
    async (c: Context): Promise<Response> => {
      const room = find(c);
      if (!room) return plain('not_found')(c);
      const away = elsewhere(c, room);
      if (away) return c.redirect(away);
      if (kind === 'react' && room.scenario.zoom.client === 'classic') {
        return movedTo(c, `/wc/join/${room.code}`);
      }
      const page = clientPageOf(c, room, kind);
      const hangs = page === 'prejoin' && ++visit(room).forms <= room.scenario.zoom.joining_hangs;
      const more = { ...bootOf(c, room, kind), hangs };
      return clientPage(c, { html: HTML, page, room, more });
    };

  const app = new Hono();
  for (const path of LAUNCHERS) {
    app.get(`/${path}/:code{${CODE}}`, launcher).get(`/${path}`, plain('not_found'));
    app.get(`/${path}/*`, plain('not_found'));
  }
  return app
    .get(`/wc/join/:code{${CODE}}`, client('classic'))
    .get(`/wc/:code{${CODE}}/join`, client('react'))
    .get(`/wc/:code{${CODE}}/start`, (c) => movedTo(c, `/wc/${c.req.param('code')}/join`))
    .get(`/wc/:code{${CODE}}`, (c) => movedTo(c, `/wc/${c.req.param('code')}/join`))
    .get('/wc/*', plain('not_found'))
    .get('/meeting/register/:token', plain('register'))
    .get('/signin', plain('signin'))
    .get('/join', plain('start'))
    .get('/postattendee', plain('after'));
}
