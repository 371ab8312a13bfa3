// The images do their work: each is assembled as its Dockerfile says, entered with chroot as its user, and does what it
// is for. `npm run rehearse:images`; needs root and mmdebstrap.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Platform } from '@meeboter/deployer/platforms/platform.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../infra/embedded/free-port.ts';
import { type EmbeddedS3, startEmbeddedS3 } from '../../infra/embedded/s3.ts';
import { judgeRecording } from '../../lab/judge/judge.ts';
import { type Lab, startLab } from '../../lab/server.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { onlyGuest, send } from '../support/stay.ts';
import { expectGoodRecording, MINUTES, TALK, TONES } from '../support/talk.ts';
import { startWorld } from '../support/world.ts';
import { machineOf, makeImage } from './image.ts';
import { type Container, enter, makeMachine } from './machine.ts';

vi.setConfig({ testTimeout: 5 * MINUTES, hookTimeout: 10 * MINUTES });

const dir = mkdtempSync(join(tmpdir(), 'meeboter-images-'));
chmodSync(dir, 0o755);
const containers: Container[] = [];

type Target = 'server' | 'deployer' | 'bot' | 'lab';
const images = new Map<Target, { base: string; app: string; machine: ReturnType<typeof machineOf> }>();
const dockerfileOf = (target: Target) => `infra/docker/${target === 'server' ? 'server' : 'bot'}.Dockerfile`;

beforeAll(async () => {
  for (const target of ['server', 'deployer', 'bot', 'lab'] as const) {
    const machine = machineOf(dockerfileOf(target), target);
    const app = await makeImage(dockerfileOf(target), target, join(dir, target), {
      client: 'prisma/generated',
    });
    images.set(target, { base: makeMachine(machine), app, machine });
  }
});
afterAll(async () => {
  await Promise.all(containers.map((container) => container.stop()));
  rmSync(dir, { recursive: true, force: true });
});

function run(
  target: Target,
  name: string,
  env: Record<string, string>,
  command?: readonly string[],
): Container {
  const image = images.get(target);
  if (!image) throw new Error(`the image ${target} was not made`);
  const container = enter(image, { name, dir, env, ...(command === undefined ? {} : { command }) });
  containers.push(container);
  return container;
}
const logOf = (name: string) => readFileSync(join(dir, `${name}.log`), 'utf8');

describe('the images together', () => {
  let database: TestDatabase;
  let s3: EmbeddedS3;
  beforeAll(async () => {
    database = await testDatabase();
    s3 = await startEmbeddedS3({
      ...{ dir: join(dir, 's3'), port: 0 },
      credentials: { accessKeyId: 'test', secretAccessKey: 'test-secret' },
    });
  });
  afterAll(async () => {
    await Promise.all(containers.splice(0).map((container) => container.stop()));
    await s3.stop();
    await database.drop();
  });

  it('migrate, book, deploy, join a meeting of the lab, record and deliver', async () => {
    const [apiPort, labPort] = [await freePort(), await freePort()];
    const apiUrl = `http://127.0.0.1:${apiPort}`;
    const labUrl = `http://127.0.0.1:${labPort}`;
    const shared = {
      DATABASE_URL: database.url,
      MEEBOTER_SECRET: 'a secret of the rehearsal, long enough',
      LOG_LEVEL: 'info',
    };
    const store = {
      S3_ENDPOINT: s3.endpoint,
      S3_ACCESS_KEY_ID: 'test',
      S3_SECRET_ACCESS_KEY: 'test-secret',
    };
    const api = { ...shared, ...store, API_PORT: String(apiPort), LAB_ORIGIN: labUrl, LOCAL_BOT_LIMIT: '2' };
    expect(
      await run('server', 'migrate', { DATABASE_URL: database.url }, ['node', 'scripts/migrate.ts']).ended,
    ).toBe(0);
    const account = run('server', 'account', api, [
      'node',
      'scripts/create-account.ts',
      '--email',
      'you@example.org',
    ]);
    const { stdout } = account.process;
    const [said] = await Promise.all([stdout ? text(stdout) : '', account.ended]);
    const [, key = ''] = /(mbk_\w+)/.exec(said) ?? [];

    run('server', 'api', api);
    run('server', 'scheduler', { ...shared, ...store, LOCAL_BOT_LIMIT: '2' }, ['node', 'scheduler/main.ts']);
    run('deployer', 'deployer', {
      ...shared,
      API_PORT: String(apiPort),
      LOCAL_BOT_LIMIT: '2',
      HEALTH_PORT: String(await freePort()),
    });
    run('lab', 'lab', { HOST: '127.0.0.1', PORT: String(labPort) });
    const answers = (url: string) => fetch(url).then((answer) => answer.ok);
    await eventually(
      'API and lab answer',
      async () => (await answers(`${apiUrl}/readyz`)) && answers(labUrl),
      {
        deadlineMs: MINUTES,
        seen: () => ['api', 'lab'].map(logOf).join('\n'),
      },
    );

    const call = async <T>(method: string, url: string, body?: unknown): Promise<T> => {
      const answer = await fetch(url, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as T;
    };
    const scenario = { ...TALK, everyone_leaves_after_ms: 14_000 };
    const { url } = await call<{ url: string }>('POST', `${labUrl}/lab/v1/meetings`, scenario);
    const { id } = await call<{ id: string }>('POST', `${apiUrl}/v1/bots`, {
      ...{ meeting_url: url, automatic_leave: { everyone_left_timeout_seconds: 1 } },
    });
    const logs = () => ['api', 'scheduler', 'deployer', 'lab'].map(logOf).join('\n');
    const bot = await eventually(
      'the bot has ended',
      async () => {
        const now = await call<{ status: string; end_reason: string }>('GET', `${apiUrl}/v1/bots/${id}`);
        return ['DONE', 'FATAL'].includes(now.status) && now;
      },
      { deadlineMs: 3 * MINUTES, seen: logs },
    );
    expect(bot, logs()).toMatchObject({ status: 'DONE', end_reason: 'everyone_left' });
    const { data } = await call<{ data: { status: string; download_url: string }[] }>(
      'GET',
      `${apiUrl}/v1/bots/${id}/recordings`,
    );
    expect(data).toMatchObject([{ status: 'ready' }]);
    const path = join(dir, 'recording.mp4');
    writeFileSync(path, Buffer.from(await (await fetch(data[0]?.download_url ?? '')).arrayBuffer()));
    const verdict = await judgeRecording(path, { tonesHz: TONES });
    expect(verdict.tones.map(({ found }) => found)).toEqual([true, true, true]);
    expect(verdict.durationMs).toBeGreaterThan(9_000);
    expect(verdict.blackShare).toBeLessThan(0.1);
  });
});

describe('the image of the bot alone', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(() => lab.close());

  it('claims, joins, records and delivers with nothing but an address and a token', async () => {
    const running = new Map<string, Container>();
    const platform: Platform = {
      async start({ deploymentId, apiUrl, claimToken }) {
        const known = running.get(deploymentId);
        if (known) return deploymentId;
        running.set(
          deploymentId,
          run('bot', deploymentId, { MEEBOTER_API_URL: apiUrl, MEEBOTER_CLAIM_TOKEN: claimToken }),
        );
        return deploymentId;
      },
      async requestStop({ deploymentId }) {
        void running.get(deploymentId)?.stop();
      },
      async observe({ deploymentId }) {
        const container = running.get(deploymentId);
        return { state: !container || container.process.exitCode !== null ? 'gone' : 'running' };
      },
      async list() {
        return [...running]
          .filter(([, { process }]) => process.exitCode === null)
          .map(([deploymentId]) => ({ deploymentId, externalRef: null, slot: null }));
      },
    };
    const world = await startWorld({
      ...{ labOrigin: lab.origin, platforms: { aws: platform } },
      env: { PLATFORM_PRIORITY: 'aws', AWS_BOT_LIMIT: '1' },
    });
    try {
      const sent = await send(
        world,
        lab,
        { ...TALK, everyone_leaves_after_ms: 14_000 },
        { automatic_leave: { everyone_left_timeout_seconds: 1 } },
      );
      const bot = await world.untilStatus(sent.bot.id, ['DONE'], 2 * MINUTES);
      expect(bot).toMatchObject({ end_reason: 'everyone_left', attempt: 1 });
      expect(onlyGuest(lab, sent.code).left_by).toBe('self');
      await expectGoodRecording(lab, world, sent);
      const [container] = running.values();
      expect(await container?.ended, container && logOf([...running.keys()][0] ?? '')).toBe(0);
    } finally {
      await world.close();
    }
  });
});
