// The sound of a recording: how strong single frequencies are in it, by the Goertzel algorithm.
import { runTool } from './ffmpeg.ts';

/** High enough for beeps of 3 kHz, and quick to analyse. */
export const SAMPLE_RATE = 16_000;

/** For beeps, short windows in samples: what counts is when a beep begins. */
const BEEP_WINDOW = 0.02 * SAMPLE_RATE;
const BEEP_HOP = 0.005 * SAMPLE_RATE;
const BEEP_MIN_AMPLITUDE = 0.004;
const BEEP_LENGTH_MS = { min: 50, max: 400 };

/** For tones, a long window in samples, which tells 330 Hz from 360 Hz. */
const TONE_WINDOW = 0.1 * SAMPLE_RATE;
const TONE_MIN_AMPLITUDE = 0.004;
/** A tone is this many times stronger than the frequencies beside it; otherwise it is noise. */
const TONE_PROMINENCE = 4;
const TONE_NEIGHBOUR_HZ = 45;
/** A tone that lasts less than this in all does not count as heard. */
const TONE_FOUND_MS = 300;

/** The sound as mono samples from -1 to 1, at SAMPLE_RATE. Stretches without sound are filled with silence. */
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

/** The amplitude of one frequency in each window of the sound, with a Hann window. Window and hop in samples. */
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
    // Times 4: a Hann window halves the amplitude, and half of a real tone is at the negative frequency.
    found.push((4 * Math.sqrt(Math.max(0, power))) / window);
  }
  return found;
}

/** When beeps of a frequency began, in ms: where each rises above half of its own peak. */
export function findBeeps(samples: Float32Array, hz: number): number[] {
  const strength = amplitudes(samples, hz, BEEP_WINDOW, BEEP_HOP);
  const centreMs = (index: number) => ((index * BEEP_HOP + BEEP_WINDOW / 2) / SAMPLE_RATE) * 1_000;
  const sorted = [...strength].sort((a, b) => a - b);
  // Beeps last a few percent of the time, so the 98th percentile is the strength of a beep, if there are any.
  const floor = Math.max(BEEP_MIN_AMPLITUDE, 0.25 * (sorted[Math.floor(sorted.length * 0.98)] ?? 0));
  const joinHops = Math.round(60 / ((1_000 * BEEP_HOP) / SAMPLE_RATE));
  const beeps: number[] = [];
  for (let first = 0; first < strength.length; first += 1) {
    if ((strength[first] ?? 0) < floor) continue;
    let last = first;
    // The beeps of several people differ by a few Hz, so their sum has dips. It is still one beep.
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

/** Whether a tone can be heard, and for how long in all. */
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
