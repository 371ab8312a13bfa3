import { expect, it } from 'vitest';
import { guardNavigation } from './guard.ts';
import type { PagePort } from './page-port.ts';

const PAGE = { onPopupClosed: () => undefined } as unknown as PagePort;
const allows = (origins: string[], url: string) =>
  guardNavigation(PAGE, origins, { info: () => undefined }).allows(url);

it.each([
  ['https://us02web.zoom.us/wc/1', true],
  ['https://a.b.zoom.us/', true],
  ['https://ZOOM-1.Zoom.US/', true],
  ['https://us02web.zoom.us:443/', true],
  // The domain itself has to be listed on its own.
  ['https://zoom.us/', true],
  ['http://us02web.zoom.us/', false],
  ['https://us02web.zoom.us:8443/', false],
  ['https://evilzoom.us/', false],
  ['https://us02web.zoom.us.evil.example/', false],
  ['https://evil.example/us02web.zoom.us', false],
  ['https://us02web.zoom.us@evil.example/', false],
  ['https://evil.example#.zoom.us', false],
  ['wss://us02web.zoom.us/', false],
  ['blob:https://us02web.zoom.us/x', false],
  ['view-source:https://us02web.zoom.us/', false],
  ['javascript:alert(1)', false],
  ['not an address', false],
])('https://*.zoom.us covers %s: %s', (url, expected) => {
  expect(allows(['https://*.zoom.us'], url)).toBe(expected);
});

it('covers an origin that is listed, and no other', () => {
  const listed = ['https://zoom.us', 'https://*.zoom.us', 'http://127.0.0.1:4000'];
  expect(allows(listed, 'https://zoom.us/j/1')).toBe(true);
  expect(allows(listed, 'http://127.0.0.1:4000/x')).toBe(true);
  expect(allows(listed, 'http://127.0.0.1:4001/x')).toBe(false);
  expect(allows(listed, 'http://zoom.us/j/1')).toBe(false);
});

it.each(['https://*', '*', 'https://*.', 'http://*.zoom.us', 'https://a.*.zoom.us'])(
  'takes %s for no wildcard',
  (origin) => {
    expect(allows([origin], 'https://a.b.zoom.us/')).toBe(false);
  },
);
