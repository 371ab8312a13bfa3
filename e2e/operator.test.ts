// What an operator relies on: metrics that are correct, and limits that hold.
import { claimToken } from '@meeboter/chassis/tokens.ts';
import { CLAIM_PATH, REPORT_PATH, type ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import { startScheduler } from '@meeboter/scheduler/scheduler.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../infra/embedded/free-port.ts';
import { eventually } from './support/eventually.ts';
import { type PlatformDouble, platformDouble } from './support/platform-double.ts';
import { startWorld, type World } from './support/world.ts';

const MEETING = 'https://meet.google.com/abc-defg-hij';

describe('lateness', () => {
  let world: World;
  let adminKey: string;
  beforeEach(async () => {
    world = await startWorld({ platforms: { aws: platformDouble() }, env: { PLATFORM_PRIORITY: 'aws' } });
    adminKey = await world.adminKey();
  });
  afterEach(() => world.close());

  async function post<T>(path: string, token: string, body: unknown): Promise<T> {
    const response = await fetch(world.apiUrl + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /**
   * Claims the deployment of an attempt, and backdates the claim to 12 s and the join time to 10 s before the
   * booking. Returns a function that sends reports of its runtime.
   */
  async function claimAs(botId: string, attempt: number) {
    const deploymentId = await eventually(`attempt ${attempt} has a deployment`, async () => {
      const [row] = await world.database.query<{ id: string }>(
        'SELECT id FROM deployments WHERE bot_id = $1 AND attempt = $2',
        [botId, attempt],
      );
      return row?.id;
    });
    const token = claimToken(world.settings.MEEBOTER_SECRET, deploymentId);
    const claimed = await post<{ session_token: string; epoch: string }>(CLAIM_PATH, token, {
      runtime_id: `run_of_attempt_${attempt}`,
      version: 'test',
    });
    await world.database.query(
      `UPDATE bots SET join_at = created_at - interval '10 s',
      claimed_at = created_at - interval '12 s' WHERE id = $1`,
      [botId],
    );
    return (report_seq: number, ...entries: ReportEntry[]) =>
      post(REPORT_PATH, claimed.session_token, { attempt, epoch: claimed.epoch, report_seq, entries });
  }

  /** The metric of lateness: how many knocks, how many of them within half a second, and their sum. */
  async function knocks() {
    const text = await (
      await fetch(`${world.apiUrl}/metrics`, { headers: { authorization: `Bearer ${adminKey}` } })
    ).text();
    const read = (name: string) =>
      Number(text.match(new RegExp(`^meeboter_bot_lateness_seconds_${name} (\\S+)$`, 'm'))?.[1] ?? 0);
    return {
      all: read('count\\{deployment_platform="aws"\\}'),
      onTime: read('bucket\\{le="0.5",deployment_platform="aws"\\}'),
      seconds: read('sum\\{deployment_platform="aws"\\}'),
    };
  }

  it('is counted once per attempt, however often the knock is reported', async () => {
    const bot = await world.book({ meeting_url: MEETING });
    const knockedAfter = (ms: number): ReportEntry => ({
      kind: 'phase',
      at: new Date(Date.parse(bot.created_at) - 10_000 + ms).toISOString(),
      phase: 'knocked',
    });
    expect(await knocks()).toEqual({ all: 0, onTime: 0, seconds: 0 });

    const report = await claimAs(bot.id, 1);
    await report(1, knockedAfter(7_000));
    expect(await knocks()).toEqual({ all: 1, onTime: 0, seconds: 7 });
    await report(1, knockedAfter(7_000));
    await report(2, knockedAfter(9_000));
    expect(await knocks()).toEqual({ all: 1, onTime: 0, seconds: 7 });

    await report(3, {
      kind: 'status',
      at: new Date().toISOString(),
      status: 'FATAL',
      sub_code: 'internal_error',
    });
    // A knock before the join time counts as a lateness of 0.
    await (await claimAs(bot.id, 2))(1, knockedAfter(-1_000));
    expect(await knocks()).toEqual({ all: 2, onTime: 1, seconds: 7 });
  });
});

describe('several schedulers', () => {
  let world: World;
  let aws: PlatformDouble;
  beforeEach(async () => {
    aws = platformDouble();
    world = await startWorld({ platforms: { aws }, env: { PLATFORM_PRIORITY: 'aws', AWS_BOT_LIMIT: '3' } });
  });
  afterEach(() => world.close());

  it('keep to the limit of the one that started last, and export the pool’s metrics', async () => {
    const HEALTH_PORT = await freePort();
    const second = await startScheduler({
      ...world.settings,
      AWS_BOT_LIMIT: 1,
      HEALTH_PORT,
      LOG_LEVEL: 'silent',
    });
    try {
      for (let n = 0; n < 4; n += 1) await world.book({ meeting_url: MEETING });
      const metrics = async () => {
        const response = await fetch(`http://127.0.0.1:${HEALTH_PORT}/metrics`);
        expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
        return response.text();
      };
      const text = await eventually('one bot runs and three are queued', async () => {
        const seen = await metrics();
        return /^meeboter_bots_waiting 3$/m.test(seen) && aws.running.size === 1 && seen;
      });
      expect(text).toMatch(/^meeboter_pool_slots\{deployment_platform="aws",state="deploying"\} 1$/m);
      expect(text).toMatch(/^meeboter_pool_limit\{deployment_platform="aws"\} 1$/m);
      const number = async (name: string) =>
        Number((await metrics()).match(new RegExp(`^${name} (\\S+)$`, 'm'))?.[1]);
      const launches = '{deployment_platform="aws"}';
      await eventually(
        'its start is confirmed',
        async () => (await number(`meeboter_launches_waiting${launches}`)) === 0,
      );
      expect(await number(`meeboter_launches_oldest_wait_seconds${launches}`)).toBe(0);
      // As if the platform had confirmed nothing, and failed.
      await world.stop('deployer');
      await world.database.query(
        `UPDATE deployments SET state = 'intent', created_at = now() - interval '90 s' WHERE state = 'started'`,
      );
      await world.database.query(
        `UPDATE bot_pool_platforms SET failures = 5, out_until = now() + interval '1 hour'`,
      );
      expect(await number(`meeboter_launches_waiting${launches}`)).toBe(1);
      expect(await number(`meeboter_launches_oldest_wait_seconds${launches}`)).toBeGreaterThanOrEqual(90);
      const breaker = async () =>
        (await metrics()).match(/^meeboter_platform_breaker\S*state="(\w+)"\} 1$/m)?.[1];
      expect(await breaker()).toBe('open');
      await world.database.query(`UPDATE bot_pool_platforms SET out_until = now() - interval '1 s'`);
      expect(await breaker()).toBe('half_open');
      await world.database.query(`UPDATE bot_pool_platforms SET out_until = NULL`);
      expect(await breaker()).toBe('closed');
      await eventually(
        'the oldest has waited for a second',
        async () => (await number('meeboter_bots_oldest_wait_seconds')) > 1,
      );
      expect(await number('meeboter_sweep_age_seconds')).toBeLessThan(20);
      expect(aws.running.size).toBe(1);
      expect((await fetch(`http://127.0.0.1:${HEALTH_PORT}/livez`)).status).toBe(200);
    } finally {
      await second.stop();
    }
  });
});
