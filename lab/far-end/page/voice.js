import { GRID_MS, now, PULSE_MS } from './clock.js';

const BEEP_HZ = 3000;
const RAMP_S = 0.004;
// Beeps of the same frequency could cancel each other out at the receiver, where each
// person has another delay. Beeps that differ by a few Hz cannot.
const BEEP_DETUNE_HZ = [0, 10, -10, 20, -20];

/** A place to which all voices of a meeting can be sent. */
export const newMix = () => context.createMediaStreamDestination();

/** One audio context for all voices. It needs no sound device. */
const context = new AudioContext({ sampleRate: 48_000, sinkId: { type: 'none' } });

/** A person's voice: a tone while speaking, and a beep every 2 s while present. */
export class Voice {
  #here = context.createGain();
  #toneGate = context.createGain();
  #beepGate = context.createGain();
  #destination = context.createMediaStreamDestination();
  #tone = new OscillatorNode(context);
  #beep = new OscillatorNode(context);
  #beepedUpTo = 0;

  constructor(toneHz, index) {
    this.#tone.frequency.value = toneHz;
    this.#beep.frequency.value = BEEP_HZ + BEEP_DETUNE_HZ[index % BEEP_DETUNE_HZ.length];
    for (const [source, gate] of [
      [this.#tone, this.#toneGate],
      [this.#beep, this.#beepGate],
    ]) {
      gate.gain.value = 0;
      source.connect(gate).connect(this.#here);
      source.start();
    }
    this.#here.connect(this.#destination);
  }

  get track() {
    return this.#destination.stream.getAudioTracks()[0];
  }

  /** Sends the voice to another place too, among others. */
  joinMix(mix) {
    this.#here.connect(mix);
  }

  /** Whether the person is in the meeting. Nothing is heard of others, not even a beep planned before. */
  stay(isHere) {
    this.#here.gain.value = isHere ? 1 : 0;
  }

  speak(on) {
    this.#toneGate.gain.setTargetAtTime(on ? 0.2 : 0, context.currentTime, RAMP_S);
  }

  /** Schedules the beeps of the next 1.5 s by the audio clock, each of them once. */
  planBeeps() {
    const wall = now();
    const audio = context.currentTime;
    for (let at = Math.ceil(wall / GRID_MS) * GRID_MS; at < wall + 1500; at += GRID_MS) {
      if (at <= this.#beepedUpTo) continue;
      this.#beepedUpTo = at;
      const start = audio + (at - wall) / 1000;
      const gain = this.#beepGate.gain;
      gain.setValueAtTime(0, start);
      gain.linearRampToValueAtTime(0.25, start + RAMP_S);
      gain.setValueAtTime(0.25, start + PULSE_MS / 1000 - RAMP_S);
      gain.linearRampToValueAtTime(0, start + PULSE_MS / 1000);
    }
  }

  close() {
    this.#tone.stop();
    this.#beep.stop();
    this.track.stop();
  }
}
