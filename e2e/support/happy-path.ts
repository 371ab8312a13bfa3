// The test of a bot that meets no fault: it joins on time, records, leaves, and delivers the recording.
import { expect } from 'vitest';
import type { Lab } from '../../lab/server.ts';
import { onlyGuest, send } from './stay.ts';
import { expectGoodRecording, MINUTES, noRuntimeLeft, TALK } from './talk.ts';
import { GOOD_LIFE, type QueueKind, startWorld } from './world.ts';

/** Runs it with the queue on the given server, and checks every step. */
export async function happyPath(lab: Lab, queue: QueueKind): Promise<void> {
  const world = await startWorld({ queue, labOrigin: lab.origin });
  try {
    const joinAt = new Date(Date.now() + 12_000);
    const sent = await send(
      world,
      lab,
      { ...TALK, everyone_leaves_after_ms: 14_000, popups: true, consent: 'before' },
      { join_at: joinAt.toISOString(), automatic_leave: { everyone_left_timeout_seconds: 1 } },
    );
    const bot = await world.untilStatus(sent.bot.id, ['DONE'], 2 * MINUTES);
    expect(await world.path(bot.id)).toEqual(GOOD_LIFE);
    expect(bot).toMatchObject({
      end_reason: 'everyone_left',
      attempt: 1,
      recording: { state: 'stopped' },
    });

    const guest = onlyGuest(lab, sent.code);
    expect(guest).toMatchObject({
      name: 'Meeboter',
      microphone_on: false,
      camera_on: false,
      left_by: 'self',
    });
    // Never early. How late it is, the bench measures.
    expect(Date.parse(guest.knocked_at)).toBeGreaterThanOrEqual(joinAt.getTime() - 50);
    await expectGoodRecording(lab, world, sent);

    const people = await world.call<{
      data: { name: string; is_host: boolean; left_at: string | null; spoke_seconds: number }[];
    }>('GET', `/v1/bots/${bot.id}/participants`);
    expect(people.body.data.map((person) => person.name)).toEqual([
      'Ada Park',
      'Bruno Keller',
      'Chloé Martin',
    ]);
    expect(people.body.data.map((person) => person.is_host)).toEqual([true, false, false]);
    for (const person of people.body.data) expect(person.spoke_seconds).toBeGreaterThan(0);
    await noRuntimeLeft(world);
  } finally {
    await world.close();
  }
}
