// Rows that some transaction holds for long: nobody but a booking needs the account's row, and what
// waits for a bot's row is decided once.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Life, startLife } from './support/life.ts';

const AT = '2026-11-25T12:00:00Z';

let life: Life;
beforeAll(async () => {
  life = await startLife();
});
beforeEach(() => life.begin());
afterAll(() => life.close());

/** Bots that were just given to a platform. */
async function deployments(): Promise<{ id: string }[]> {
  await life.book(0);
  await life.book(0);
  while (life.jobs.hints.length > 0) {
    for (const hint of life.jobs.hints.splice(0)) await life.deliver(hint);
  }
  return life.query<{ id: string }>(`SELECT id FROM deployments WHERE state = 'started' ORDER BY id`);
}

/** Another session holds a row while the work is done; `release` lets it go. */
async function whileHeld<T>(
  row: Parameters<Life['hold']>[0],
  work: (release: () => void) => Promise<T>,
): Promise<T> {
  let release: () => void = () => undefined;
  const released = new Promise<void>((done) => {
    release = done;
  });
  let held: () => void = () => undefined;
  const isHeld = new Promise<void>((done) => {
    held = done;
  });
  const holding = life.hold(row, async () => {
    held();
    await released;
  });
  await isHeld;
  const done = await work(release);
  release();
  await holding;
  return done;
}

it('claims, heartbeats and changes of status do not wait for the account', async () => {
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

it('a heartbeat does not wait for its own bot', async () => {
  const [first] = await deployments();
  const one = await life.claim(first?.id ?? '', 'runtime-one');
  if (!one) throw new Error('not claimed');
  await whileHeld({ bot: one.botId }, async () => {
    expect(await life.report(one, one, 1, [])).toMatchObject({ acknowledged_seq: 1 });
  });
});

it('a claim that is asked for again while it waits is answered as the same', async () => {
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
