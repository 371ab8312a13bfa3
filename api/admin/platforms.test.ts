// The operator's view of the deployment platforms, over real HTTP.
import { PlatformFault } from '@meeboter/deployer/platforms/platform.ts';
import { openDatabase } from '@meeboter/prisma/client.ts';
import { notePlatformFault } from '@meeboter/prisma/sql/platform-faults.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../e2e/support/eventually.ts';
import { type PlatformDouble, platformDouble } from '../../e2e/support/platform-double.ts';
import { startWorld, type World } from '../../e2e/support/world.ts';

let world: World;
let aws: PlatformDouble;
let k8s: PlatformDouble;
beforeAll(async () => {
  aws = platformDouble();
  k8s = platformDouble();
  world = await startWorld({
    platforms: { aws, k8s },
    env: {
      ...{ PLATFORM_PRIORITY: 'aws,k8s', AWS_BOT_LIMIT: '3', K8S_BOT_LIMIT: '2' },
      LAUNCH_RATES: 'aws=50/10,k8s=1000/1000',
    },
  });
  await world.database.query(`UPDATE "user" SET role = 'admin'`);
});
afterAll(() => world.close());

const book = () => world.book({ meeting_url: 'https://meet.google.com/abc-defg-hij' });
interface Page {
  data: Record<string, unknown>[];
  next_cursor: string | null;
}
const page = async (path: string) => (await world.call('GET', path)).body as Page;
const platforms = async () => (await page('/v1/admin/platforms')).data;

it('shows capacity, use, breaker, last fault and rates, in the order of priority', async () => {
  expect(await platforms()).toMatchObject([
    {
      ...{
        name: 'aws',
        priority: 1,
        limit: 3,
        in_use: 0,
        drained_at: null,
        full_until: null,
        last_fault: null,
      },
      breaker: { state: 'closed', failures: 0, until: null },
      launch_ms: { p50: null, p95: null, launches: 0 },
      launch_rate: { burst: 50, per_second: 10 },
    },
    { name: 'k8s', priority: 2, limit: 2 },
  ]);
  await book();
  await eventually('it runs', () => aws.running.size === 1);
  const db = openDatabase({ url: world.settings.DATABASE_URL });
  await notePlatformFault(db, 'k8s', { kind: 'config', message: 'Forbidden: jobs.batch is forbidden' });
  await db.$disconnect();
  expect(await platforms()).toMatchObject([
    { name: 'aws', in_use: 1, slots: { idle: 0, deploying: 1, busy: 0, error: 0 } },
    {
      breaker: { state: 'open', failures: 1, until: expect.any(String) },
      last_fault: { kind: 'config', message: 'Forbidden: jobs.batch is forbidden' },
    },
  ]);
  await world.database.query(
    `UPDATE bot_pool_platforms SET out_until = now() - interval '1 s' WHERE out_until IS NOT NULL`,
  );
  expect((await platforms())[1]?.breaker).toMatchObject({ state: 'half_open', until: null });
});

it('a drained platform gets no bots, and those that run there stay', async () => {
  const drained = await world.call('POST', '/v1/admin/platforms/aws/drain');
  expect(drained).toMatchObject({ status: 200, body: { name: 'aws', drained_at: expect.any(String) } });
  await book();
  await eventually('it runs elsewhere', () => k8s.running.size === 1);
  expect(aws.running.size).toBe(1);
  expect(await world.call('POST', '/v1/admin/platforms/aws/resume')).toMatchObject({
    status: 200,
    body: { drained_at: null },
  });
  await book();
  await eventually('it runs there again', () => aws.running.size === 2);
  expect((await world.call('POST', '/v1/admin/platforms/mars/drain')).status).toBe(404);
});

it('lists the slots in pages, and the pool in numbers', async () => {
  const first = await page('/v1/admin/slots?limit=2');
  expect(first).toMatchObject({
    data: [
      { platform: 'aws', number: 1, state: 'deploying', bot_id: expect.stringMatching(/^bot_/), error: null },
      { platform: 'aws', number: 2 },
    ],
    has_more: true,
  });
  const next = await world.call('GET', `/v1/admin/slots?limit=2&cursor=${first.next_cursor}`);
  expect(next.body).toMatchObject({ data: [{ platform: 'k8s', number: 1 }], has_more: false });
  const ofK8s = await page('/v1/admin/slots?platform=k8s&state=deploying');
  expect(ofK8s.data).toHaveLength(1);
  expect((await world.call('GET', '/v1/admin/slots?state=broken')).status).toBe(422);
  expect((await world.call('GET', '/v1/pool')).body).toEqual({
    ...{ total: 3, idle: 0, deploying: 3, busy: 0, error: 0, max_size: 5 },
  });
});

it('the owner of a bot reads a plain reason, an admin and the log the words of the platform', async () => {
  const words = 'User: arn:aws:iam::1234:role/bots is not authorized to perform: ecs:RunTask';
  const refuse = () => Promise.reject(new PlatformFault('config', words));
  const starts = [aws.start, k8s.start] as const;
  await world.database.query('UPDATE bot_pool_platforms SET out_until = NULL, failures = 0');
  aws.start = refuse;
  k8s.start = refuse;
  const bot = await book();
  await eventually('it has ended', async () => (await world.bot(bot.id)).status === 'FATAL');
  [aws.start, k8s.start] = starts;
  const tried = async () => JSON.stringify((await world.call('GET', `/v1/bots/${bot.id}/deployments`)).body);
  expect(await tried()).toContain(words);
  expect(world.logs()).toContain(words);

  await world.database.query(`UPDATE "user" SET role = 'user'`);
  expect(await tried()).toContain('"detail":"The deployment platform refused the bot."');
  const events = await world.call('GET', `/v1/bots/${bot.id}/events?limit=200`);
  for (const text of [await tried(), JSON.stringify(events.body), JSON.stringify(await world.bot(bot.id))]) {
    expect(text).not.toMatch(/arn:|ecs:RunTask/);
  }
  await world.database.query(`UPDATE "user" SET role = 'admin'`);
});

it('is for admins, and the pool for everybody who is signed in', async () => {
  await world.database.query(`UPDATE "user" SET role = 'user'`);
  for (const [method, path] of [
    ['GET', '/v1/admin/platforms'],
    ['GET', '/v1/admin/slots'],
    ['POST', '/v1/admin/platforms/aws/drain'],
  ] as const) {
    expect((await world.call(method, path)).status).toBe(403);
  }
  expect((await world.call('GET', '/v1/pool')).status).toBe(200);
  expect((await fetch(`${world.apiUrl}/v1/pool`)).status).toBe(401);
});
