// The addresses of the Microsoft Teams room, under the same paths as on the platform. What the meeting is
// stands in the address after the #, which no server sees: the client's script asks for it (enter.js).
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Context, Hono } from 'hono';
import { bootOf, clientPage } from '../http/client-page.ts';
import type { Room } from '../meetings/room.ts';
import type { Rooms } from '../meetings/rooms.ts';
import { clientUrl, codeOf, LAYOUTS } from './address.ts';

const HERE = import.meta.dirname;

/** Which screen the client shows first. */
function firstPage(room: Room | undefined, passcode: string): string {
  if (!room || room.scenario.not_found) return 'not_found';
  if (room.ended) return 'over';
  const { sign_in_required, blocked, captcha, teams } = room.scenario;
  if (sign_in_required) return teams.sign_in_wording === null ? 'login' : 'sign_in';
  if (blocked === true) return 'blocked';
  if (captcha === true) return 'captcha';
  return room.opensWith(passcode) ? 'prejoin' : 'passcode';
}

const layoutOf = (room: Room | undefined) => LAYOUTS[(room?.scenario.variant ?? 0) % LAYOUTS.length] ?? 'v2';

/** A login page on a host of its own, as the platform's. Every browser finds names under localhost. */
function loginUrl(c: Context): string {
  const { port } = new URL(c.req.url);
  const query = new URLSearchParams({ client_id: randomUUID(), response_type: 'id_token' });
  return `http://login.microsoftonline.com.localhost:${port}/common/oauth2/v2.0/authorize?${query}`;
}

/** Routes at the root of the lab. */
export function teamsRoutes(rooms: Rooms): Hono {
  /** A meeting's link: the launcher, or the client at once. */
  const open = (c: Context) => {
    const { pathname, search } = new URL(c.req.url);
    const room = rooms.find(codeOf(pathname) ?? '');
    if (room && !room.scenario.teams.launcher)
      return c.redirect(clientUrl(layoutOf(room), pathname + search));
    const hl = c.req.query('hl');
    const query = new URLSearchParams({
      url: `/_#${pathname}${search}${search ? '&' : '?'}anon=true`,
      type: pathname.startsWith('/meet/') ? 'meet' : 'meetup-join',
      ...{ deeplinkId: randomUUID(), directDl: 'true', msLaunch: 'true' },
      ...{ enableMobilePage: 'true', suppressPrompt: 'true' },
      ...(hl && { hl }),
    });
    return c.redirect(`/dl/launcher/launcher.html?${query}`);
  };
  const client = async (c: Context) => c.html(await readFile(join(HERE, 'client.html'), 'utf8'));

  return new Hono()
    .get('/meet/:code{[0-9]{9,15}}', open)
    .get('/l/meetup-join/:thread/:message', open)
    .get('/dl/launcher/launcher.html', (c) => {
      const link = (c.req.query('url') ?? '').replace(/^\/_#/, '');
      const room = rooms.find(codeOf(link) ?? '');
      const opens_app = room?.scenario.teams.opens_app ?? false;
      const more = { link, client_url: clientUrl(layoutOf(room), link), opens_app };
      return clientPage(c, { html: 'microsoft-teams/launcher.html', page: 'launcher', room, more });
    })
    .get('/v2/', client)
    .get('/light-meetings/launch', client)
    .get('/lab/microsoft-teams/boot', async (c) => {
      const room = rooms.find(c.req.query('code') ?? '');
      const layout = c.req.query('light') === 'false' ? 'v2' : layoutOf(room);
      const more = { layout, login_url: loginUrl(c), ...room?.scenario.teams };
      return c.json(await bootOf(c, { page: firstPage(room, c.req.query('passcode') ?? ''), room, more }));
    })
    .get('/common/oauth2/v2.0/authorize', async (c) =>
      c.html(await readFile(join(HERE, 'login.html'), 'utf8')),
    );
}
