// What a deployer opens, and that a start which fails leaves nothing of it open.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../e2e/support/database.ts';
import { platformDouble } from '../e2e/support/platform-double.ts';
import { testSettings } from '../e2e/support/test-settings.ts';
import { freePort } from '../infra/embedded/free-port.ts';
import { type DeployerOptions, startDeployer } from './deployer.ts';

let database: TestDatabase;
let dir: string;
beforeEach(async () => {
  database = await testDatabase();
  dir = mkdtempSync(join(tmpdir(), 'deployer-'));
});
afterEach(async () => {
  // Fails while anybody is connected.
  await database.drop();
  rmSync(dir, { recursive: true, force: true });
});

const start = (env: Record<string, string>, options: DeployerOptions = {}) =>
  startDeployer(
    testSettings({
      DATABASE_URL: database.url,
      RUNTIME_DIR: join(dir, 'runtimes'),
      LOG_LEVEL: 'silent',
      ...env,
    }),
    options,
  );

/** No folder can be made below it, not even by root. */
function notAFolder(): string {
  const file = join(dir, 'file');
  writeFileSync(file, '');
  return join(file, 'runtimes');
}

it('leaves nothing open when no platform can be used, and says why of each', async () => {
  await expect(start({ PLATFORM_PRIORITY: 'coolify,aws' })).rejects.toThrow(
    /coolify: .*COOLIFY_API_URL.*\naws: .*AWS_ECS_CLUSTER/s,
  );
});

it('serves the platforms that can be used, and shows the fault of the others', async () => {
  const deployer = await start({ PLATFORM_PRIORITY: 'coolify,local' });
  const [coolify] = await database.query<{ last_fault: string; is_out: boolean }>(
    `SELECT last_fault, out_until > now() AS is_out FROM bot_pool_platforms WHERE deployment_platform = 'coolify'`,
  );
  expect(coolify).toMatchObject({ last_fault: expect.stringContaining('COOLIFY_API_URL'), is_out: true });
  await deployer.stop();
});

it('leaves nothing open when its folder cannot be written', async () => {
  await expect(start({ RUNTIME_DIR: notAFolder() })).rejects.toThrow(/ENOTDIR/);
});

it('leaves nothing open when another machine has the local platform', async () => {
  const first = await start({});
  await expect(start({ RUNTIME_DIR: join(dir, 'other') })).rejects.toThrow(
    /belongs to a deployer on another/,
  );
  await first.stop();
});

it('leaves nothing open when the port for its health is taken', async () => {
  const HEALTH_PORT = String(await freePort());
  const first = await start({ HEALTH_PORT });
  await expect(start({ HEALTH_PORT })).rejects.toThrow(/EADDRINUSE/);
  await first.stop();
});

it('needs no folder when it does not serve the local platform', async () => {
  const deployer = await start(
    { PLATFORM_PRIORITY: 'aws', RUNTIME_DIR: notAFolder() },
    { platforms: { aws: platformDouble() } },
  );
  await deployer.stopRuntimes(0);
  await deployer.stop();
});
