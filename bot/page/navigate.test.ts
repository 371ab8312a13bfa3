// Where the bot goes when the web client's own address leads nowhere.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { guardNavigation } from '../browser/guard.ts';
import { MICROSOFT_TEAMS } from '../microsoft-teams/data.ts';
import { testLease } from '../testing/doubles.ts';
import { ZOOM } from '../zoom/data.ts';
import type { PlatformData } from './data.ts';
import { createPageMeeting } from './driver.ts';
import { englishContext, launchBrowser } from './testing/browser.ts';
import { portOf } from './testing/meet.ts';

const PREVIEW = '<input id="input-for-name"><button class="preview-join-button">Join</button>';
const PREJOIN =
  '<input data-tid="prejoin-display-name-input"><button data-tid="prejoin-join-button">Join now</button>';

let browser: Browser;
let server: Server;
let origin: string;
let page: Page;
let pages: Record<string, string>;
let asked: string[];
beforeAll(async () => {
  browser = await launchBrowser();
  server = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    const html = pages[path];
    response.writeHead(html === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(`<!doctype html><body>${html ?? '<p>Nothing here</p>'}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(async () => {
  asked = [];
  page = await (await englishContext(browser)).newPage();
});
afterAll(async () => {
  await browser.close();
  server.close();
});

function prepare(data: PlatformData, path: string): Promise<void> {
  const port = portOf(page);
  const guard = guardNavigation(port, [origin], { info: () => undefined });
  const timing = { pollMs: 50, missingMs: 500, deviceAbsentMs: 100 };
  const meeting = createPageMeeting({
    data,
    page: port,
    guard,
    url: origin + path,
    displayName: 'Notes',
    timing,
  });
  return meeting.prepare(testLease().held);
}

it.each<[string, PlatformData, string, string, string]>([
  ['Zoom', ZOOM, '/wc/123456789/join?pwd=a.1', '/j/123456789?pwd=a.1', PREVIEW],
  [
    'Teams',
    MICROSOFT_TEAMS,
    '/v2/?meetingjoin=true#/meet/123456789012?p=aB3&anon=true',
    '/meet/123456789012?p=aB3',
    PREJOIN,
  ],
])(
  'opens the invitation’s link of %s where the web client is missing',
  async (_, data, link, invitation, html) => {
    pages = { [invitation]: html };
    await prepare(data, link);
    expect(asked.filter((path) => path !== '/favicon.ico')).toEqual([link.replace(/#.*/, ''), invitation]);
  },
);

it('says that there is no such meeting when the server says so and shows nothing else', async () => {
  pages = {};
  await expect(prepare(ZOOM, '/wc/123456789/join')).rejects.toMatchObject({ subCode: 'meeting_not_found' });
});
