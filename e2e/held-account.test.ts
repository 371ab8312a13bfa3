// An account that some transaction holds for long: changes of status wait, signs of
// life do not, and nothing is decided twice.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Life, type Session, startLife } from './support/life.ts';

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

async function claimed(): Promise<[Session, Session]> {
  const sessions = await Promise.all(
    (await deployments()).map(({ id }, n) => life.claim(id, `runtime-${n}`)),
  );
  expect(sessions).toEqual([expect.anything(), expect.anything()]);
  return sessions as [Session, Session];
}

/** Another session holds the account while the work is done; `release` lets it go. */
async function whileHeld<T>(work: (release: () => void) => Promise<T>): Promise<T> {
  let release: () => void = () => undefined;
  const released = new Promise<void>((done) => {
    release = done;
  });
  let held: () => void = () => undefined;
  const isHeld = new Promise<void>((done) => {
    held = done;
  });
  const holding = life.hold('u', async () => {
    held();
    await released;
  });
  await isHeld;
  const done = await work(release);
  release();
  await holding;
  return done;
}

it('a sign of life does not wait for a change of status', async () => {
  const [one, two] = await claimed();
  await whileHeld(async (release) => {
    const admitted = { kind: 'status', at: AT, status: 'IN_CALL', sub_code: 'admitted' } as const;
    const moving = life.report(one, one, 1, [admitted]);
    await life.untilWaiting(1);
    for (const seq of [1, 2, 3])
      expect(await life.report(two, two, seq, [])).toMatchObject({ acknowledged_seq: seq });
    const turn = { kind: 'speaker_turn', external_id: 'p', started_at: AT, ended_at: AT } as const;
    expect(await life.report(two, two, 4, [turn])).toMatchObject({ acknowledged_seq: 4 });
    release();
    expect(await moving).toMatchObject({ acknowledged_seq: 1 });
  });
});

it('a claim that is asked for again while it waits is answered as the same', async () => {
  const [first] = await deployments();
  const id = first?.id ?? '';
  await whileHeld(async (release) => {
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
