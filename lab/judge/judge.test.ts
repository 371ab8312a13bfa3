import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeRecording } from './judge.ts';

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'judge-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Makes a recording of 8 s at 15 fps, in the format of a bot's: a flash every 2 s from 1 s on, and a beep `beepLateMs` after each. */
async function clip(name: string, { beepLateMs = 0, tones = [330, 440], picture = 'color=0x1b6ca8' } = {}) {
  const path = join(folder, name);
  const late = beepLateMs / 1_000;
  // The first tone is in the first half, the second tone in the second half.
  const voices = tones.map((hz, index) => `0.2*sin(2*PI*${hz}*t)*between(t,${4 * index},${4 * index + 3.9})`);
  const beep = `0.25*sin(2*PI*3000*t)*lt(mod(t+1-${late},2),0.12)`;
  const flash = "drawbox=w=iw*0.6:h=ih*0.6:t=fill:color=white:enable='lt(mod(t+1,2),0.13)'";
  await run('ffmpeg', [
    ...['-v', 'error', '-y', '-f', 'lavfi', '-i', `${picture}:s=320x180:r=15:d=8,${flash}`],
    ...['-f', 'lavfi', '-i', `aevalsrc='${[...voices, beep].join('+')}':s=48000:d=8`],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '30', '-pix_fmt', 'yuv420p', '-c:a', 'aac'],
    ...['-movflags', '+frag_keyframe+empty_moov+default_base_moof', '-frag_duration', '1000000', path],
  ]);
  return path;
}

describe('judgeRecording', () => {
  it('sees a good recording as it is', async () => {
    const verdict = await judgeRecording(await clip('good.mp4'), { tonesHz: [330, 440] });
    expect(verdict.video).toMatchObject({ codec: 'h264', width: 320, height: 180, frames: 120 });
    expect(verdict.video?.fps).toBeCloseTo(15, 0);
    expect(verdict.audio).toEqual({ codec: 'aac', sampleRate: 48_000 });
    expect(verdict.durationMs).toBeGreaterThan(7_900);
    expect(verdict.durationMs).toBeLessThan(8_200);
    expect(verdict.flashes).toHaveLength(4);
    for (const [index, at] of verdict.flashes.entries()) {
      expect(Math.abs(at - (1_000 + 2_000 * index))).toBeLessThan(30);
    }
    expect(verdict.beeps).toHaveLength(4);
    for (const { found, activeMs } of verdict.tones) {
      expect(found).toBe(true);
      expect(activeMs).toBeGreaterThan(3_500);
      expect(activeMs).toBeLessThan(4_200);
    }
    expect(Math.abs(verdict.medianOffsetMs ?? Number.NaN)).toBeLessThan(25);
    expect(verdict.blackShare).toBe(0);
    expect(verdict.largestGapMs).toBeLessThan(100);
  });

  it.each([-200, 150])('measures sound that is %i ms late', async (beepLateMs) => {
    const verdict = await judgeRecording(await clip('late.mp4', { beepLateMs }), { tonesHz: [] });
    expect(verdict.medianOffsetMs).toBeGreaterThan(beepLateMs - 25);
    expect(verdict.medianOffsetMs).toBeLessThan(beepLateMs + 25);
  });

  it('does not hear a tone that is not there, nor one beside it', async () => {
    const path = await clip('one-voice.mp4', { tones: [330] });
    const { tones } = await judgeRecording(path, { tonesHz: [330, 370, 440] });
    expect(tones.map(({ hz, found }) => [hz, found])).toEqual([
      [330, true],
      [370, false],
      [440, false],
    ]);
  });

  it('knows black from dark', async () => {
    const black = await judgeRecording(await clip('black.mp4', { picture: 'color=black' }), { tonesHz: [] });
    expect(black.blackShare).toBeGreaterThan(0.9);
    const dark = await judgeRecording(await clip('dark.mp4', { picture: 'color=0x303238' }), { tonesHz: [] });
    expect(dark.blackShare).toBe(0);
  });

  it('finds a hole in the picture', async () => {
    const path = join(folder, 'hole.mp4');
    await run('ffmpeg', [
      ...['-v', 'error', '-y', '-i', await clip('whole.mp4'), '-c:a', 'copy'],
      ...['-vf', "select='not(between(t,3.5,4.7))'", '-fps_mode', 'vfr', path],
    ]);
    const { largestGapMs } = await judgeRecording(path, { tonesHz: [] });
    expect(largestGapMs).toBeGreaterThan(1_100);
  });

  it('judges a recording cut anywhere up to the cut', async () => {
    const bytes = await readFile(await clip('to-cut.mp4'));
    const cut = join(folder, 'cut.mp4');
    for (const share of [0.999, 0.7, 0.333]) {
      await writeFile(cut, bytes.subarray(0, Math.floor(bytes.length * share)));
      const verdict = await judgeRecording(cut, { tonesHz: [330] });
      expect(verdict.video?.frames, `${share}`).toBeGreaterThan(20);
      expect(verdict.tones[0]?.found).toBe(true);
      expect(verdict.durationMs).toBeGreaterThan(8_000 * share - 2_100);
      expect(verdict.beeps.length).toBeGreaterThan(0);
    }
    await writeFile(cut, bytes.subarray(0, 40));
    expect(await judgeRecording(cut, { tonesHz: [330] })).toMatchObject({
      video: null,
      audio: null,
      durationMs: 0,
    });
  });

  it('rejects a file that is not there', async () => {
    await expect(judgeRecording(join(folder, 'none.mp4'), { tonesHz: [] })).rejects.toThrow('ENOENT');
  });
});
