// Coolify as a deployer opens it, with the book in the database.
import { createLog } from '@meeboter/chassis/log.ts';
import { startCoolify } from '@meeboter/lab/coolify/server.ts';
import { failDeployment } from '@meeboter/prisma/sql/deployment-steps.ts';
import { rememberApplication } from '@meeboter/prisma/sql/remember-application.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyPool, giveSlots } from '../../../e2e/support/empty-pool.ts';
import { insertBot } from '../../../e2e/support/rows.ts';
import { testSettings } from '../../../e2e/support/test-settings.ts';
import { openPlatform } from '../open.ts';
import type { Platform } from '../platform.ts';
import { databaseBook } from './book.ts';

const pool = emptyPool();
const log = createLog({ level: 'silent' });
const { signal } = new AbortController();
let coolify: Awaited<ReturnType<typeof startCoolify>>;
beforeEach(async () => {
  coolify = await startCoolify();
});
afterEach(() => coolify.close());

async function open(env: Record<string, string> = {}, isDeployer = true): Promise<Platform> {
  const settings = testSettings({
    ...{ COOLIFY_API_URL: coolify.url, COOLIFY_API_TOKEN: coolify.token, COOLIFY_IMAGE: 'bot:1' },
    COOLIFY_PROJECT_UUID: coolify.world.projectUuid,
    COOLIFY_SERVER_UUID: coolify.world.serverUuid,
    ...env,
  });
  return openPlatform('coolify', {
    ...{ settings, db: pool.db, log, apiUrl: 'http://127.0.0.1:9' },
    ...(isDeployer ? { rememberApplication: (id, it) => rememberApplication(pool.db, id, it) } : {}),
    onExit: () => undefined,
    untilThere: (work) => work(),
  });
}

describe('opening', () => {
  it('names everything that is missing', async () => {
    const none = { COOLIFY_API_TOKEN: '', COOLIFY_IMAGE: '', COOLIFY_SERVER_UUID: '' };
    await expect(open(none)).rejects.toThrow(/COOLIFY_API_TOKEN.*COOLIFY_SERVER_UUID.*COOLIFY_IMAGE/);
  });

  it('says what is wrong with a token that Coolify refuses', async () => {
    await expect(open({ COOLIFY_API_TOKEN: '1|wrong' })).rejects.toThrow(/COOLIFY_API_TOKEN is not accepted/);
  });

  it('waits for a Coolify that is away', async () => {
    coolify.world.faults.away = 'dropped';
    const platform = await open();
    await expect(platform.list(signal)).rejects.toMatchObject({ kind: 'transient' });
    coolify.world.faults.away = null;
    expect(await platform.list(signal)).toEqual([]);
    await platform.close?.();
  });

  it('warms slots for a deployer, and changes nothing for the doctor', async () => {
    const doctor = await open({ COOLIFY_WARM_SLOTS: '2' }, false);
    expect(await doctor.check?.(signal)).toMatchObject([{ level: 'ok' }, { level: 'warning' }]);
    await doctor.close?.();
    expect(coolify.world.applications).toEqual([]);
    const platform = await open({ COOLIFY_WARM_SLOTS: '2' });
    await expect.poll(() => coolify.world.deployments.all.length, { timeout: 10_000 }).toBe(1);
    const slots = await pool.db.botPoolSlot.findMany({ orderBy: { number: 'asc' } });
    const made = coolify.world.applications.map(({ uuid }) => uuid);
    expect(slots.map(({ application }) => application)).toEqual(made.slice(0, 2));
    await platform.close?.();
  });
});

describe('the book', () => {
  const book = () => databaseBook(pool.db, (id, it) => rememberApplication(pool.db, id, it));
  async function deployed() {
    await insertBot(pool.database);
    const [pair] = await giveSlots(pool.db, { platform: 'coolify', count: 1 });
    if (!pair) throw new Error('no slot was given');
    const { deploymentId } = pair;
    return pool.db.deployment.findUniqueOrThrow({ where: { id: deploymentId } });
  }

  it('knows the newest deployment of each slot, and its application', async () => {
    const { id, slotId } = await deployed();
    await book().remember(slotId, 'app');
    expect(await book().slots()).toEqual([
      { slot: { id: slotId, number: 1, application: 'app' }, deploymentId: id, externalRef: null },
    ]);
  });

  it('knows which deployment a slot has now', async () => {
    const { id, slotId } = await deployed();
    expect(await book().isCurrent(slotId, id)).toBe(true);
    expect(await book().isCurrent(slotId, 'dep_before')).toBe(false);
    expect(await book().isCurrent('slt_without_any', 'dep_before')).toBe(true);
  });

  it('keeps the first note of a launch', async () => {
    const { id } = await deployed();
    expect(await book().begun(id)).toBeNull();
    expect(await book().begin(id, 'app/one')).toBe('app/one');
    expect(await book().begin(id, 'app/two')).toBe('app/one');
    expect(await book().begun(id)).toBe('app/one');
  });

  it('lets no launch begin that was given up', async () => {
    const { id, slotId, epoch } = await deployed();
    const given = { id, slot_id: slotId, epoch };
    await pool.db.$transaction((tx) => failDeployment(tx, given, { subCode: 'launch_failed' }));
    expect(await book().begin(id, 'app/one')).toBeNull();
  });
});
