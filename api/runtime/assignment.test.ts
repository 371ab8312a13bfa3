// The container of a slot asks which bot it has to run.
import { slotToken } from '@meeboter/chassis/tokens.ts';
import { ASSIGNMENT_PATH, CLAIM_PATH, REPORT_PATH } from '@meeboter/domain/bot-protocol.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../e2e/support/eventually.ts';
import { platformDouble } from '../../e2e/support/platform-double.ts';
import { startWorld, type World } from '../../e2e/support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ platforms: { aws: platformDouble() }, env: { PLATFORM_PRIORITY: 'aws' } });
});
afterAll(() => world.close());

async function post(path: string, token: string, body?: object) {
  const response = await fetch(world.apiUrl + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const json = (await response.json()) as { code?: string; claim_token?: string };
  return { status: response.status, ...json };
}

it('gets the claim token of its own slot, until the bot is claimed', async () => {
  const { id } = await world.book({ meeting_url: 'https://meet.google.com/abc-defg-hij' });
  const slotOf = () =>
    world.database.query<{ id: string }>('SELECT id FROM bot_pool_slots WHERE bot_id = $1', [id]);
  const [slot] = await eventually('the bot has a slot', async () => {
    const slots = await slotOf();
    return slots.length > 0 && slots;
  });
  const { MEEBOTER_SECRET: secret } = world.settings;
  const token = slotToken(secret, slot?.id ?? '');
  const none = { status: 404, code: 'no_assignment' };
  expect(await post(ASSIGNMENT_PATH, slotToken(secret, 'slt_another'))).toMatchObject(none);

  const { status, claim_token: claim } = await post(ASSIGNMENT_PATH, token);
  expect(status).toBe(200);
  const runtime = { runtime_id: 'run_of_the_test', version: 'test' };
  // The slot's own token claims nothing, and reports nothing.
  for (const path of [CLAIM_PATH, REPORT_PATH]) expect((await post(path, token, runtime)).status).toBe(401);
  expect((await post(CLAIM_PATH, claim ?? '', runtime)).status).toBe(200);
  expect(await post(ASSIGNMENT_PATH, token)).toMatchObject(none);
});

it('is refused without the token of a slot', async () => {
  for (const token of ['x', 'mba.slt_1.x', slotToken('another secret', 'slt_1')]) {
    expect((await post(ASSIGNMENT_PATH, token)).status).toBe(401);
  }
});
