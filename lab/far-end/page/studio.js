import { FRAME_MS, nextMultiple, now } from './clock.js';
import { Face } from './face.js';
import { newMix, Voice } from './voice.js';

/** Plays the people of one meeting, as long as it has a guest. */
export class Studio {
  /** Face and voice of a person are one stream, so that the receiver keeps them in sync. */
  casts;
  #mix = null;
  #present = new Set();
  #timer;

  constructor(people) {
    this.casts = people.map((person, index) => {
      const face = person.hasCamera ? new Face(person.name, person.colour) : null;
      const voice = new Voice(person.toneHz, index);
      const tracks = face ? [voice.track, face.track] : [voice.track];
      return { person, face, voice, stream: new MediaStream(tracks) };
    });
    this.#tick();
  }

  /** All voices in one stream. */
  get mix() {
    if (!this.#mix) {
      this.#mix = newMix();
      for (const { voice } of this.casts) voice.joinMix(this.#mix);
    }
    return this.#mix.stream;
  }

  update({ present, speaking }) {
    this.#present = new Set(present);
    for (const { person, face, voice } of this.casts) {
      const isHere = this.#present.has(person.id);
      if (face) face.track.enabled = isHere;
      voice.track.enabled = isHere;
      voice.stay(isHere);
      face?.speak(speaking.includes(person.id));
      voice.speak(speaking.includes(person.id));
    }
  }

  #tick() {
    for (const { person, face, voice } of this.casts) {
      if (!this.#present.has(person.id)) continue;
      face?.draw();
      voice.planBeeps();
    }
    this.#timer = setTimeout(() => this.#tick(), nextMultiple(FRAME_MS) - now());
  }

  close() {
    clearTimeout(this.#timer);
    for (const { face, voice } of this.casts) {
      face?.close();
      voice.close();
    }
  }
}
