// Deployment platforms that do not run bots for every meeting platform, and one that is taken out of PLATFORM_PRIORITY
// while bots run on it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from './support/eventually.ts';
import { type PlatformDouble, platformDouble } from './support/platform-double.ts';
import { startWorld, type World } from './support/world.ts';

const MEET = 'https://meet.google.com/abc-defg-hij';
const ZOOM = 'https://zoom.us/j/91234567890?pwd=secret.1';
const TEAMS = 'https://teams.live.com/meet/9876543210123?p=secretCode1';

let world: World;
let aws: PlatformDouble;
let k8s: PlatformDouble;
beforeAll(async () => {
  aws = { ...platformDouble(), meetingPlatforms: ['google-meet'] };
  k8s = { ...platformDouble(), meetingPlatforms: ['google-meet', 'zoom'] };
  world = await startWorld({ platforms: { aws, k8s }, env: { PLATFORM_PRIORITY: 'aws,k8s' } });
  await world.database.query(`UPDATE "user" SET role = 'admin'`);
});
afterAll(() => world.close());

interface Shown {
  name: string;
  priority: number | null;
  in_use: number;
  meeting_platforms: string[];
  breaker: { state: string };
  last_fault: unknown;
  slots: Record<string, number>;
}
const platforms = async () => (await world.call<{ data: Shown[] }>('GET', '/v1/admin/platforms')).body.data;
/** On which platforms a bot was placed. */
const placesOf = async (botId: string) => {
  const rows = await world.database.query<{ deployment_platform: string }>(
    'SELECT deployment_platform FROM deployments WHERE bot_id = $1 ORDER BY attempt',
    [botId],
  );
  return rows.map((it) => it.deployment_platform);
};

it('places a bot only where its meeting platform is served, and others where they always went', async () => {
  expect(await platforms()).toMatchObject([
    { name: 'aws', meeting_platforms: ['google-meet'] },
    { name: 'k8s', meeting_platforms: ['google-meet', 'zoom'] },
  ]);
  const zoom = await world.book({ meeting_url: ZOOM });
  await eventually('it runs', () => k8s.running.size === 1);
  expect(await placesOf(zoom.id)).toEqual(['k8s']);
  const meet = await world.book({ meeting_url: MEET });
  await eventually('it runs', () => aws.running.size === 1);
  expect(await placesOf(meet.id)).toEqual(['aws']);
  // None was made for the bot that it does not serve.
  expect((await platforms())[0]?.slots).toEqual({ idle: 0, deploying: 1, busy: 0, error: 0 });
});

it('hands on a bot that was placed wrongly, and does not blame the platform', async () => {
  // As before the deployer has stored it.
  await world.database.query(
    `UPDATE bot_pool_platforms SET meeting_platforms = NULL WHERE deployment_platform = 'aws'`,
  );
  const { start } = aws.asked;
  const zoom = await world.book({ meeting_url: ZOOM });
  await eventually('it runs', () => k8s.running.size === 2);
  expect(await placesOf(zoom.id)).toEqual(['aws', 'k8s']);
  expect(aws.asked.start).toBe(start);
  expect((await platforms())[0]).toMatchObject({
    ...{ meeting_platforms: ['google-meet'], breaker: { state: 'closed' }, last_fault: null },
  });
});

it('refuses a booking that no deployment platform serves, and an edit to such a meeting', async () => {
  const refused = {
    status: 422,
    body: {
      errors: [
        {
          pointer: '/meeting_url',
          code: 'meeting_platform_not_served',
          detail: 'This installation runs no bots for microsoft-teams, only for google-meet, zoom.',
        },
      ],
    },
  };
  expect(await world.call('POST', '/v1/bots', { meeting_url: TEAMS })).toMatchObject(refused);
  const join_at = new Date(Date.now() + 3_600_000).toISOString();
  const bot = await world.book({ meeting_url: MEET, join_at });
  expect(await world.call('PATCH', `/v1/bots/${bot.id}`, { meeting_url: TEAMS })).toMatchObject(refused);
  expect(await world.call('PATCH', `/v1/bots/${bot.id}`, { meeting_url: ZOOM })).toMatchObject({
    status: 200,
  });
});

it('ends a bot that was booked when its meeting platform was served, with the reason', async () => {
  const join_at = new Date(Date.now() + 3_600_000).toISOString();
  const bot = await world.book({ meeting_url: MEET, join_at });
  await world.database.query(`UPDATE bots SET meeting_platform = 'microsoft-teams' WHERE id = $1`, [bot.id]);
  await world.call('PATCH', `/v1/bots/${bot.id}`, { join_at: new Date().toISOString() });
  expect(await world.untilStatus(bot.id, ['FATAL'])).toMatchObject({
    sub_code: 'meeting_platform_not_served',
    reason: { category: 'launch', retryable: false },
  });
  expect(await placesOf(bot.id)).toEqual([]);
});

it('says at the start of a scheduler, and to admins, that bots run on a platform that is named no more', async () => {
  await world.database.query(
    `INSERT INTO bot_pool_slots (id, deployment_platform, number, state, error)
     VALUES ('slt_left', 'coolify', 1, 'error', 'its stop was not confirmed')`,
  );
  await world.stop('scheduler');
  await world.start('scheduler');
  // The log is written to its file a little later.
  const line = await eventually('the line in the log', () =>
    world
      .logs()
      .split('\n')
      .find((it) => it.includes('PLATFORM_PRIORITY does not name a platform on which bots still run')),
  );
  expect(line).toMatch(/"platform":"coolify".*"slots_in_use":1/);
  const shown = await platforms();
  expect(shown.map(({ name, priority }) => [name, priority])).toEqual([
    ['aws', 1],
    ['k8s', 2],
    ['coolify', null],
  ]);
  await world.database.query(`UPDATE bot_pool_slots SET state = 'idle', error = NULL WHERE id = 'slt_left'`);
  expect((await platforms()).map(({ name }) => name)).toEqual(['aws', 'k8s']);
});
