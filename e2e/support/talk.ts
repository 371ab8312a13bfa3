// A conversation in the lab, the checks of its recording, and the bot's processes.
import { expect } from 'vitest';
import { findRuntimeProcesses } from '../../deployer/platforms/local/processes.ts';
import { judgeRecording } from '../../lab/judge/judge.ts';
import type { Lab } from '../../lab/server.ts';
import { eventually } from './eventually.ts';
import { download, onlyGuest, stayMs } from './stay.ts';
import type { World } from './world.ts';

export const TONES = [330, 440, 550];
export const MINUTES = 60_000;
// Each participant speaks once in the first nine seconds.
export const TALK = { participants: 3, turns: 'rotate', turn_ms: 3_000, admit_after_ms: 1_000 } as const;

/** Checks everything that is expected of a recording. */
export async function expectGoodRecording(
  lab: Lab,
  world: World,
  sent: { bot: { id: string }; code: string },
) {
  const { recording, path } = await download(world, sent.bot.id);
  const verdict = await judgeRecording(path, { tonesHz: TONES });
  const stay = stayMs(onlyGuest(lab, sent.code));
  expect(verdict.video).toMatchObject({ codec: 'h264', width: 1280, height: 720 });
  expect(verdict.audio).toMatchObject({ codec: 'aac' });
  expect(Math.abs(verdict.durationMs - stay), `recorded ${verdict.durationMs} ms of ${stay}`).toBeLessThan(
    2_000,
  );
  expect(Math.abs(recording.duration_seconds * 1_000 - verdict.durationMs)).toBeLessThan(2_000);
  expect(verdict.tones.map((tone) => tone.found)).toEqual([true, true, true]);
  expect(
    Math.abs(verdict.medianOffsetMs ?? Number.NaN),
    `sound ${verdict.medianOffsetMs} ms off`,
  ).toBeLessThan(200);
  expect(verdict.blackShare).toBeLessThan(0.1);
  return { recording, verdict };
}

const runtimesOf = async (world: World) =>
  (await findRuntimeProcesses()).filter((found) => found.workDir.startsWith(world.dir));

/** Kills the main process of the world's only runtime. */
export async function killRuntime(world: World): Promise<void> {
  const mains = (await runtimesOf(world)).filter((found) => found.isMain);
  expect(mains).toHaveLength(1);
  for (const main of mains) process.kill(main.pid, 'SIGKILL');
}

export const noRuntimeLeft = (world: World) =>
  eventually('no process of a runtime is left', async () => (await runtimesOf(world)).length === 0);
