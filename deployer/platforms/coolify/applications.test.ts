// The applications of slots: found again, made once, kept up to date, and never deleted by mistake.
import { createLog } from '@meeboter/chassis/log.ts';
import { idleProgram } from '@meeboter/lab/coolify/program.ts';
import { describe, expect, it } from 'vitest';
import { isOver } from '../platform.ts';
import { nameOf } from './names.ts';
import { jumpingClock } from './testing/clock.ts';
import { specOf } from './testing/stand-in.ts';
import { PATIENT, useCoolify } from './testing/use-coolify.ts';

const { signal } = new AbortController();
const { at, open, running, state, started, stop } = useCoolify();

describe('applications', () => {
  it('are made once for a slot, with static variables, and used again', async () => {
    const world = await open();
    const first = specOf();
    await started(first);
    expect(await stop(first)).toSatisfy(isOver);
    const second = specOf({ slot: first.slot });
    await started(second);
    expect(world.applications).toHaveLength(1);
    const [application] = world.applications;
    expect(application?.name).toBe(nameOf(first.slot));
    expect(application?.tags).toEqual(['meeboter']);
    expect(application?.fields).toMatchObject({ autogenerate_domain: false, stop_grace_period: 30 });
    expect(application?.containers[0]?.env).toMatchObject({
      MEEBOTER_API_URL: first.apiUrl,
      MEEBOTER_SLOT_ID: first.slot.id,
      MEEBOTER_SLOT_TOKEN: first.slotToken,
    });
    expect(JSON.stringify(application?.containers[0]?.env)).not.toContain(second.claimToken);
    expect(at.standIn.book.rows.get(first.slot.id)?.slot.application).toBe(application?.uuid);
  });

  it('are not made twice when the answer to their creation is lost', async () => {
    const world = await open();
    world.faults.loseCreateAnswers = 1;
    const spec = specOf();
    await expect(at.platform.start(spec, signal)).rejects.toMatchObject({ kind: 'transient' });
    await started(spec);
    expect(world.applications).toHaveLength(1);
  });

  it('are made when their uuid is remembered and Coolify has none of it', async () => {
    const world = await open();
    const spec = specOf({ slot: { id: 'slt_known', number: 1, application: 'deleted-by-hand' } });
    await started(spec);
    expect(world.applications).toHaveLength(1);
  });

  it('two of one name: the oldest is kept, the other deleted', async () => {
    const world = await open();
    const spec = specOf();
    const [old, young] = [world.newApplication(), world.newApplication()];
    for (const it of [old, young]) it.name = nameOf(spec.slot);
    await started(spec);
    await expect.poll(() => world.applications).toEqual([old]);
    expect(running(spec)).toBe(1);
  });

  it('two of one name: one that runs is kept too, whatever Coolify shows', async () => {
    const world = await open();
    const spec = specOf();
    const [old, young] = [world.newApplication(), world.newApplication()];
    for (const it of [old, young]) it.name = nameOf(spec.slot);
    young.start(idleProgram, 0);
    world.faults.showsAllExited = true;
    await at.platform.start(spec, signal);
    expect(world.applications).toEqual([old, young]);
    world.faults.showsAllExited = false;
    await expect.poll(() => running(spec), PATIENT).toBe(1);
    expect(await stop(spec)).toSatisfy(isOver);
    expect(young.containers).toEqual([]);
  });

  it('nothing is made or deleted because of a short list', async () => {
    const world = await open();
    const spec = specOf();
    const ref = await started(spec);
    const remembered = at.standIn.book.rows.get(spec.slot.id)?.slot ?? spec.slot;
    world.faults.isListShort = true;
    expect(await state(spec, ref)).toBe('running');
    expect(await at.platform.list(signal)).toEqual([]);
    await at.platform.start({ ...spec, slot: remembered }, signal);
    expect(world.applications).toHaveLength(1);
    expect(at.standIn.coolify.requests.filter((it) => it.startsWith('DELETE'))).toEqual([]);
  });

  it('of no slot of this database are left alone, also when they run', async () => {
    const world = await open();
    const stray = world.newApplication();
    stray.name = 'meeboter-slot-1-slt_ofAnotherMeeboter';
    stray.start(() => ({ exited: new Promise(() => undefined), kill: () => undefined }), 0);
    const reports: object[] = [];
    const log = createLog({ level: 'silent' });
    log.warn = (report: object) => void reports.push(report);
    at.platform = at.standIn.open({ log });
    // Reported once, not every time.
    for (let round = 0; round < 2; round += 1) expect(await at.platform.list(signal)).toEqual([]);
    expect(reports).toEqual([{ strays: [{ application: stray.uuid, name: stray.name, runs: true }] }]);
    expect(world.applications).toEqual([stray]);
  });

  it('get the current image before their next deployment', async () => {
    const world = await open();
    const spec = specOf();
    await started(spec);
    await stop(spec);
    at.platform = at.standIn.open({
      options: { ...at.standIn.options, image: { name: 'other/bot', tag: '2' } },
    });
    await started(specOf({ slot: spec.slot }));
    expect(world.applications[0]?.fields).toMatchObject({ docker_registry_image_name: 'other/bot' });
  });

  it('show what they do in at most 255 characters, and nothing depends on it', async () => {
    const world = await open();
    const spec = specOf({ botId: 'b'.repeat(400) });
    await started(spec);
    await expect.poll(() => world.applications[0]?.description).toMatch(/^Slot \d+: runs bot b/);
    expect(world.applications[0]?.description).toHaveLength(255);
  });
});

it('warm slots have their applications, and the image is pulled by one that is no slot', async () => {
  const world = await open();
  const slots = [specOf(), specOf()].map(({ slot }) => slot);
  at.platform = at.standIn.open({ clock: jumpingClock() });
  await at.platform.warm(slots, signal);
  await at.platform.warm(slots, signal);
  expect(world.applications.map(({ name }) => name).toSorted()).toEqual(
    [...slots.map(nameOf), `meeboter-image-${slots[0]?.id}`].toSorted(),
  );
  expect(
    world.deployments.all.every(({ application }) => application.name.startsWith('meeboter-image')),
  ).toBe(true);
  await expect.poll(() => world.applications.flatMap(({ containers }) => containers), PATIENT).toEqual([]);
});
