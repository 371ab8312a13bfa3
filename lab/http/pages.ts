// The pages a browser opens: the lab's front page, meetings under the same
// path as on the platform, the sign-in page, and their assets.
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { type Context, Hono } from 'hono';
import { MEETING_CODE } from '../meetings/code.ts';
import type { Room } from '../meetings/room.ts';
import type { Rooms } from '../meetings/rooms.ts';

const LAB = join(import.meta.dirname, '..');
const ASSETS = new Map([
  ['meet', join(LAB, 'meet')],
  ['far-end', join(LAB, 'far-end/page')],
]);
const TYPES = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
]);

/** The language of a page: `hl` wins, then an English browser; everybody else gets German. */
export function localeOf(hl: string | undefined, acceptLanguage: string | undefined): 'en' | 'de' {
  const wanted = hl ?? acceptLanguage ?? '';
  return wanted.trim().toLowerCase().startsWith('en') ? 'en' : 'de';
}

/** Which page a meeting's link shows first. */
function firstPage(room: Room | undefined): string {
  if (!room || room.ended || room.scenario.not_found) return 'not_found';
  if (room.scenario.blocked === true) return 'blocked';
  if (room.scenario.captcha === true) return 'captcha';
  return 'prejoin';
}

/** What the page's script has to know before it talks to the lab. */
function bootOf(c: Context, room: Room | undefined, page: string): string {
  const scenario = room?.scenario;
  const boot = {
    page,
    locale: localeOf(c.req.query('hl'), c.req.header('accept-language')),
    code: room?.code ?? null,
    access: scenario?.access ?? 'ask',
    consent_before: scenario?.consent === 'before' || scenario?.consent === 'both',
    device_gate: scenario?.device_gate ?? false,
    popups: scenario?.popups ?? false,
    name_input_rerenders: scenario?.name_input_rerenders ?? 0,
    lobby_wording: scenario?.lobby_wording ?? 0,
    slow_splash_ms: scenario?.slow_splash_ms ?? 0,
  };
  return JSON.stringify(boot).replaceAll('<', '\\u003c');
}

async function meetPage(c: Context, room: Room | undefined, page: string): Promise<Response> {
  const template = await readFile(join(LAB, 'meet/meeting.html'), 'utf8');
  return c.html(template.replace('"BOOT"', () => bootOf(c, room, page)));
}

/** Routes at the root of the lab. */
export function pageRoutes(rooms: Rooms): Hono {
  return new Hono()
    .get('/', async (c) => c.html(await readFile(join(LAB, 'meet/home.html'), 'utf8')))
    .get('/lab/assets/:root/*', async (c) => {
      const root = ASSETS.get(c.req.param('root'));
      const path = normalize(c.req.path.split('/').slice(4).join('/'));
      const type = TYPES.get(extname(path));
      if (!root || !type || path.startsWith('..')) return c.notFound();
      const content = await readFile(join(root, path)).catch(() => null);
      return content
        ? c.body(new Uint8Array(content), 200, { 'content-type': type, 'cache-control': 'max-age=30' })
        : c.notFound();
    })
    .get('/lab/recaptcha/enterprise/anchor', (c) =>
      c.html('<!doctype html><title>reCAPTCHA</title><label><input type="checkbox"> I’m not a robot</label>'),
    )
    .get('/v3/signin/identifier', (c) => meetPage(c, undefined, 'sign_in'))
    .get('/favicon.ico', (c) => c.body(null, 204))
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
