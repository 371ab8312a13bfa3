import { expect, it } from 'vitest';
import { isOwnFrame } from './page-port.ts';

it.each([
  ['https://app.zoom.us/wc/1/join', 'https://app.zoom.us/wc/1/join', true],
  ['https://us02web.zoom.us/x', 'https://app.zoom.us/wc/1/join', true],
  ['about:srcdoc', 'https://app.zoom.us/', true],
  ['https://zoom.us.evil.example/x', 'https://app.zoom.us/', false],
  ['https://game.example/x', 'https://meet.google.com/abc-defg-hij', false],
  ['http://127.0.0.1:2/x', 'http://127.0.0.1:1/x', false],
  ['http://10.0.0.1/x', 'http://11.1.0.1/x', false],
  ['data:text/html,x', 'https://meet.google.com/abc-defg-hij', false],
])('a frame of %s on %s is the site’s own: %s', (frame, page, own) => {
  expect(isOwnFrame(frame, page)).toBe(own);
});
