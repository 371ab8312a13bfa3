// The pages a browser opens: the lab's front page, each platform's meetings under the same paths as on the
// platform, and their assets.
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { Hono } from 'hono';
import { meetRoutes } from '../meet/routes.ts';
import type { Rooms } from '../meetings/rooms.ts';
import { teamsRoutes } from '../microsoft-teams/routes.ts';
import { zoomRoutes } from '../zoom/routes.ts';

const LAB = join(import.meta.dirname, '..');
/** Folders from which `/lab/assets/<name>/…` is served. `client` is what the pages of all platforms share. */
const ASSETS = new Map([
  ['client', join(LAB, 'client')],
  ['meet', join(LAB, 'meet')],
  ['microsoft-teams', join(LAB, 'microsoft-teams')],
  ['zoom', join(LAB, 'zoom')],
  ['far-end', join(LAB, 'far-end/page')],
]);
const TYPES = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
]);

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
    .get('/favicon.ico', (c) => c.body(null, 204))
    .route('/', teamsRoutes(rooms))
    .route('/', zoomRoutes(rooms))
    .route('/', meetRoutes(rooms));
}
