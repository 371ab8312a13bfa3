// What the judge hears: single pitches in PCM, by the Goertzel algorithm.
import { runTool } from './ffmpeg.ts';

/** Enough for beeps of 3 kHz, and cheap. */
export const SAMPLE_RATE = 16_000;

/** Beeps: short windows, for when they begin. */
const BEEP_WINDOW = 0.02 * SAMPLE_RATE;
const BEEP_HOP = 0.005 * SAMPLE_RATE;
const BEEP_MIN_AMPLITUDE = 0.004;
const BEEP_LENGTH_MS = { min: 50, max: 400 };

/** Tones: long windows, to tell 330 Hz from 360 Hz. */
const TONE_WINDOW = 0.1 * SAMPLE_RATE;
const TONE_MIN_AMPLITUDE = 0.004;
/** A tone stands out by this factor over the pitches beside it, or it is noise. */
const TONE_PROMINENCE = 4;
const TONE_NEIGHBOUR_HZ = 45;
/** Shorter than this in all, a tone was not heard. */
const TONE_FOUND_MS = 300;

/** The recording's sound as mono samples from -1 to 1. Silence stands where it has none. */
export async function readSound(path: string): Promise<Float32Array> {
  const chunks: Buffer[] = [];
  const filter = 'aresample=async=1:first_pts=0';
  const args = ['-hide_banner', '-nostats', '-i', path, '-map', '0:a:0', '-af', filter];
  const format = ['-ac', '1', '-ar', String(SAMPLE_RATE), '-f', 's16le', '-'];
  await runTool('ffmpeg', [...args, ...format], (chunk) => chunks.push(chunk));
  const bytes = Buffer.concat(chunks);
  const samples = new Float32Array(bytes.length >> 1);
  for (let index = 0; index < samples.length; index += 1)
    samples[index] = bytes.readInt16LE(2 * index) / 32_768;
  return samples;
}

/** How strong one pitch is, as an amplitude, in each window of the sound (Hann). */
function amplitudes(samples: Float32Array, hz: number, window: number, hop: number): number[] {
  const hann = Float64Array.from(
    { length: window },
    (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 0.5)) / window),
  );
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / SAMPLE_RATE);
  const found: number[] = [];
  for (let start = 0; start + window <= samples.length; start += hop) {
    let s1 = 0;
    let s2 = 0;
    for (let n = 0; n < window; n += 1) {
      const s0 = (samples[start + n] ?? 0) * (hann[n] ?? 0) + coefficient * s1 - s2;
      s2 = s1;
      s1 = s0;
    }
    const power = s1 * s1 + s2 * s2 - coefficient * s1 * s2;
    // A Hann window halves the amplitude; a real tone has half of it at each side of zero.
    found.push((4 * Math.sqrt(Math.max(0, power))) / window);
  }
  return found;
}

/** When beeps of a pitch began: where they pass half of their own strength. */
export function findBeeps(samples: Float32Array, hz: number): number[] {
  const strength = amplitudes(samples, hz, BEEP_WINDOW, BEEP_HOP);
  const centreMs = (index: number) => ((index * BEEP_HOP + BEEP_WINDOW / 2) / SAMPLE_RATE) * 1_000;
  const sorted = [...strength].sort((a, b) => a - b);
  // Beeps fill some hundredths of the time: the 98th of a hundred is one, if there are any.
  const floor = Math.max(BEEP_MIN_AMPLITUDE, 0.25 * (sorted[Math.floor(sorted.length * 0.98)] ?? 0));
  const joinHops = Math.round(60 / ((1_000 * BEEP_HOP) / SAMPLE_RATE));
  const beeps: number[] = [];
  for (let first = 0; first < strength.length; first += 1) {
    if ((strength[first] ?? 0) < floor) continue;
    let last = first;
    // Beeps of several people a few Hz apart have dips: over these they are still one.
    for (let next = first; next <= last + joinHops && next < strength.length; next += 1) {
      if ((strength[next] ?? 0) >= floor) last = next;
    }
    const one = strength.slice(first, last + 1);
    const half = first + one.findIndex((value) => value >= Math.max(...one) / 2);
    const lengthMs = centreMs(last) - centreMs(first);
    if (lengthMs >= BEEP_LENGTH_MS.min && lengthMs <= BEEP_LENGTH_MS.max)
      beeps.push(Math.round(centreMs(half)));
    first = last + 1;
  }
  return beeps;
}

/** Whether, and how long in all, a tone can be heard. */
export function findTone(
  samples: Float32Array,
  hz: number,
): { hz: number; found: boolean; activeMs: number } {
  const at = (pitch: number) => amplitudes(samples, pitch, TONE_WINDOW, TONE_WINDOW);
  const tone = at(hz);
  const below = at(hz - TONE_NEIGHBOUR_HZ);
  const above = at(hz + TONE_NEIGHBOUR_HZ);
  const active = tone.filter((strength, index) => {
    const around = Math.max(below[index] ?? 0, above[index] ?? 0);
    return strength >= TONE_MIN_AMPLITUDE && strength >= TONE_PROMINENCE * around;
  });
  const activeMs = active.length * ((1_000 * TONE_WINDOW) / SAMPLE_RATE);
  return { hz, found: activeMs >= TONE_FOUND_MS, activeMs };
}
