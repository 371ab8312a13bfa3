// A transaction holds a row lock for long. Only bookings need the account's row; requests that wait for a bot's
// row get consistent answers.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Life, startLife } from './support/life.ts';

const AT = '2026-11-25T12:00:00Z';

let life: Life;
beforeAll(async () => {
  life = await startLife();
});
beforeEach(() => life.begin());
afterAll(() => life.close());

/** Books two bots and has them deployed; returns their deployments. */
async function deployments(): Promise<{ id: string }[]> {
  await life.book(0);
  await life.book(0);
  while (life.jobs.hints.length > 0) {
    for (const hint of life.jobs.hints.splice(0)) await life.deliver(hint);
  }
  return life.query<{ id: string }>(`SELECT id FROM deployments WHERE state = 'started' ORDER BY id`);
}

/** Runs `work` while another transaction locks a row; `release` ends that transaction. */
async function whileHeld<T>(
  row: Parameters<Life['hold']>[0],
  work: (release: () => void) => Promise<T>,
): Promise<T> {
  const held = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const holding = life.hold(row, async () => {
    held.resolve();
    await released.promise;
  });
  await held.promise;
  const done = await work(released.resolve);
  released.resolve();
  await holding;
  return done;
}

it('claims, heartbeats and changes of status do not wait for the account’s row', async () => {
  const [first, second] = await deployments();
  await whileHeld({ account: 'u' }, async () => {
    const one = await life.claim(first?.id ?? '', 'runtime-one');
    const two = await life.claim(second?.id ?? '', 'runtime-two');
    if (!one || !two) throw new Error('not claimed');
    const admitted = { kind: 'status', at: AT, status: 'IN_CALL', sub_code: 'admitted' } as const;
    const turn = { kind: 'speaker_turn', external_id: 'p', started_at: AT, ended_at: AT } as const;
    const joined = { kind: 'participant', at: AT, external_id: 'p', name: 'P', change: 'joined' } as const;
    expect(await life.report(one, one, 1, [admitted, joined])).toMatchObject({ acknowledged_seq: 1 });
    expect(await life.report(one, one, 2, [])).toMatchObject({ acknowledged_seq: 2 });
    expect(await life.report(two, two, 1, [turn])).toMatchObject({ acknowledged_seq: 1 });
  });
});

it('a heartbeat does not wait for its own bot’s row', async () => {
  const [first] = await deployments();
  const one = await life.claim(first?.id ?? '', 'runtime-one');
  if (!one) throw new Error('not claimed');
  await whileHeld({ bot: one.botId }, async () => {
    expect(await life.report(one, one, 1, [])).toMatchObject({ acknowledged_seq: 1 });
  });
});

it('a claim repeated while the first one waits gets the same answer; another runtime is refused', async () => {
  const [first] = await deployments();
  const id = first?.id ?? '';
  const [{ bot_id: bot = '' } = {}] = await life.query<{ bot_id: string }>(
    'SELECT bot_id FROM deployments WHERE id = $1',
    id,
  );
  await whileHeld({ bot }, async (release) => {
    const claims = [life.claim(id, 'runtime-one')];
    await life.untilWaiting(1);
    claims.push(life.claim(id, 'runtime-one'), life.claim(id, 'runtime-two'));
    await life.untilWaiting(2);
    release();
    const [once, again, other] = await Promise.all(claims);
    expect(once).toMatchObject({ runtimeId: 'runtime-one' });
    expect(again).toMatchObject({ runtimeId: 'runtime-one' });
    expect(other).toBeNull();
  });
});
