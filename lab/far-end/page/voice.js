import { GRID_MS, now, PULSE_MS } from './clock.js';

const BEEP_HZ = 3000;
const RAMP_S = 0.004;
// Equal beeps of several people could cancel each other out on the listener's
// side, where each has its own delay. A few Hz apart they cannot.
const BEEP_DETUNE_HZ = [0, 10, -10, 20, -20];

/** One context for all voices; it needs no sound device. */
const context = new AudioContext({ sampleRate: 48_000, sinkId: { type: 'none' } });

/** A person's voice: a tone while speaking, a beep on every grid point while present. */
export class Voice {
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
      source.connect(gate).connect(this.#destination);
      source.start();
    }
  }

  get track() {
    return this.#destination.stream.getAudioTracks()[0];
  }

  speak(on) {
    this.#toneGate.gain.setTargetAtTime(on ? 0.2 : 0, context.currentTime, RAMP_S);
  }

  /** Plans the beeps of the next seconds on the audio clock, each once. */
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
