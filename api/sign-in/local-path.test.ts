import fc from 'fast-check';
import { expect, it } from 'vitest';
import { localPath } from './local-path.ts';

it.each(['/', '/queues', '/queues/queue/deploy?status=failed#x', '/%2F%2Fevil.example'])(
  'keeps %s',
  (path) => {
    expect(localPath(path)).toBe(path);
  },
);

it.each([
  undefined,
  '',
  'queues',
  'https://evil.example/',
  'javascript:alert(1)',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  '/\n\\evil.example',
  '/.//evil.example',
  '/x/..//evil.example',
  '\\\\evil.example',
  ' //evil.example',
])('does not go to %j', (next) => {
  expect(localPath(next)).toBe('/');
});

it('never leaves the server', () => {
  const bits = fc.constantFrom('/', '\\', '.', '..', '\t', '@', ':', 'evil.example', '?', '#', 'x', '%2F');
  const here = 'https://bots.example.org';
  fc.assert(
    fc.property(fc.array(bits, { maxLength: 8 }), (parts) => {
      expect(new URL(localPath(parts.join('')), here).origin).toBe(here);
    }),
  );
});
