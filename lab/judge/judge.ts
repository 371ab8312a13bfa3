// Judges a recording of a lab meeting by its content: who can be heard, whether picture and sound are
// there all the time, and whether they are in sync. The simulated people of the lab flash and beep at
// the same moment every 2 s (far-end/page).
import { access } from 'node:fs/promises';
import { median } from './numbers.ts';
import { findFlashes, largestGapMs, readFrames } from './picture.ts';
import { probe } from './probe.ts';
import { findBeeps, findTone, readSound, SAMPLE_RATE } from './sound.ts';

/** The frequency of the beeps of all people in the lab. */
const LAB_BEEP_HZ = 3_000;

/** A flash and a beep that are further apart than this do not belong together. */
const PAIR_WITHIN_MS = 700;

export interface Verdict {
  /** Up to the end of the last frame or sample that can be decoded. */
  durationMs: number;
  video: { codec: string; width: number; height: number; fps: number; frames: number } | null;
  audio: { codec: string; sampleRate: number } | null;
  tones: { hz: number; found: boolean; activeMs: number }[];
  /** When each flash began, in ms from the start of the recording. */
  flashes: number[];
  /** When each beep began, in ms from the start of the recording. */
  beeps: number[];
  /** Time of the beep minus time of the flash: positive when the sound is late. Null when no flash has a beep. */
  medianOffsetMs: number | null;
  /** Share of the frames that are black. */
  blackShare: number;
  /** The longest time between two frames that follow each other. */
  largestGapMs: number;
}

function offsets(flashes: number[], beeps: number[]): number[] {
  return flashes.flatMap((flash) => {
    const apart = beeps.map((beep) => beep - flash).sort((a, b) => Math.abs(a) - Math.abs(b))[0];
    return apart !== undefined && Math.abs(apart) <= PAIR_WITHIN_MS ? [apart] : [];
  });
}

/**
 * Judges a recording. One that was cut off is judged up to the cut. One that cannot be read at all has
 * no video, no audio and a duration of 0. Rejects only when the file or ffmpeg does not exist.
 *
 * @example
 * const verdict = await judgeRecording('call.mp4', { tonesHz: [330, 440, 550] });
 * verdict.tones.every((tone) => tone.found);
 */
export async function judgeRecording(
  path: string,
  options: { tonesHz: number[]; beepHz?: number },
): Promise<Verdict> {
  await access(path);
  const { video, audio } = await probe(path);
  const frames = video ? await readFrames(path) : [];
  const samples = audio ? await readSound(path) : new Float32Array();
  const flashes = findFlashes(frames);
  const beeps = findBeeps(samples, options.beepHz ?? LAB_BEEP_HZ);
  const firstMs = frames[0]?.atMs ?? 0;
  const lastMs = frames.at(-1)?.atMs ?? 0;
  const fps = frames.length > 1 ? ((frames.length - 1) * 1_000) / (lastMs - firstMs) : 0;
  const videoMs = lastMs + (fps > 0 ? 1_000 / fps : 0);
  return {
    durationMs: Math.round(Math.max(videoMs, (samples.length / SAMPLE_RATE) * 1_000)),
    video: video && { ...video, fps: Math.round(fps * 100) / 100, frames: frames.length },
    audio,
    tones: options.tonesHz.map((hz) => findTone(samples, hz)),
    flashes,
    beeps,
    medianOffsetMs: median(offsets(flashes, beeps)) ?? null,
    blackShare: frames.length ? frames.filter((frame) => frame.isBlack).length / frames.length : 0,
    largestGapMs: largestGapMs(frames),
  };
}
