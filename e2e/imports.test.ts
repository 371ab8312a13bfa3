// Checks on every file which rooms may import which, as docs/architecture.md says.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ROOMS = [
  'api',
  'booking',
  'scheduler',
  'deployer',
  'bot',
  'domain',
  'chassis',
  'prisma',
  'lab',
  'infra',
  'e2e',
  'scripts',
];

/** The rooms, or single files of a room, that each room may import. */
const ALLOWED: Record<string, readonly string[]> = {
  domain: [],
  chassis: ['domain', 'deployer/platforms/registry.ts'],
  prisma: ['domain'],
  bot: ['domain'],
  lab: [],
  booking: ['domain', 'chassis', 'prisma', 'scheduler/inbox.ts', 'deployer/inbox.ts'],
  api: ['domain', 'chassis', 'prisma', 'booking', 'scheduler/inbox.ts', 'deployer/inbox.ts'],
  scheduler: ['domain', 'chassis', 'prisma', 'booking', 'deployer/inbox.ts'],
  deployer: ['domain', 'chassis', 'prisma', 'scheduler/inbox.ts'],
};

function sourceFiles(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory())
      return /^(node_modules|generated|migrations|\..*)$/.test(entry.name) ? [] : sourceFiles(path);
    return /\.(ts|js|mjs)$/.test(entry.name) ? [path] : [];
  });
}

// Fault runs count as tests, although they are no test files: they start the programs that they break.
const isTest = (path: string) =>
  /\.test\.ts$/.test(path) || /\/(testing|support)\//.test(path) || /\/lab\/faults\//.test(path);

/** A file's imports of our own files, as `room/path`. */
function importsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(
    (match) => match[1] ?? '',
  );
  return specifiers.flatMap((specifier) => {
    if (specifier.startsWith('@meeboter/')) return [specifier.slice('@meeboter/'.length)];
    if (specifier.startsWith('.')) return [relative(ROOT, resolve(dirname(path), specifier))];
    return [];
  });
}

/** The forbidden imports of a room. */
function violations(room: string): string[] {
  return sourceFiles(join(ROOT, room))
    .filter((path) => !isTest(path))
    .flatMap((path) =>
      importsOf(path)
        .filter((target) => ROOMS.includes(target.split('/')[0] ?? ''))
        .filter((target) => !target.startsWith(`${room}/`))
        .filter(
          (target) =>
            !ALLOWED[room]?.some((allowed) => target === allowed || target.startsWith(`${allowed}/`)),
        )
        .map((target) => `${relative(ROOT, path)} imports ${target}`),
    );
}

describe('imports', () => {
  it.each(Object.keys(ALLOWED))('%s imports only what it may', (room) => {
    expect(violations(room)).toEqual([]);
  });

  it('finds imports by package name and by path', () => {
    expect(importsOf(join(ROOT, 'e2e/support/world.ts'))).toEqual(
      expect.arrayContaining(['api/api.ts', 'infra/embedded/s3.ts', 'e2e/support/database.ts']),
    );
  });

  it('only inboxes define queues, and only chassis/env reads the environment', () => {
    const servers = ['api', 'booking', 'scheduler', 'deployer', 'chassis', 'prisma', 'infra'].flatMap(
      (room) => sourceFiles(join(ROOT, room)),
    );
    const reads = servers.filter(
      (path) => !isTest(path) && /process\.env\b/.test(readFileSync(path, 'utf8')),
    );
    expect(reads.map((path) => relative(ROOT, path))).toEqual(['chassis/env/read.ts']);
    const queues = servers.filter((path) => !isTest(path) && /defineJob\(/.test(readFileSync(path, 'utf8')));
    expect(queues.map((path) => relative(ROOT, path)).sort()).toEqual([
      'deployer/inbox.ts',
      'scheduler/inbox.ts',
    ]);
  });

  it('no file has more than 400 lines', () => {
    const long = [...ROOMS.flatMap((room) => sourceFiles(join(ROOT, room))), join(ROOT, 'start.ts')]
      .map((path) => ({ path: relative(ROOT, path), lines: readFileSync(path, 'utf8').split('\n').length }))
      .filter(({ lines }) => lines > 401);
    expect(long).toEqual([]);
  });
});
