// What the page plays: one mixed stream of the call, and before it the live, silent preview of the microphone.
import { h } from '../client/dom.js';
import { permissions } from './gates.js';

let silent = null;

/** A stream that lives and has nothing to hear, as a muted microphone's. */
function silence() {
  silent ??= new AudioContext().createMediaStreamDestination().stream;
  return silent;
}

/** The microphone's preview: an element that plays, before anybody was admitted. Null without permission. */
export function micPreview() {
  if (!permissions.audio) return null;
  const audio = h('audio', { class: 'mic-preview', autoplay: true });
  audio.muted = true;
  audio.srcObject = silence();
  return audio;
}

/** The sound of the call. It is heard once the guest has joined the audio, and never without permission. */
export class CallSound {
  #stream = null;
  #joined = false;
  #element = null;
  /** Takes up the sound until it may be heard. Else the browser would keep it, and play it late. */
  #unheard = null;

  get joined() {
    return this.#joined;
  }

  join() {
    this.#joined = true;
    this.#play();
  }

  receive(stream) {
    this.#stream = stream;
    // After a reconnect there is one already.
    this.#unheard ??= new Audio();
    this.#unheard.muted = true;
    this.#unheard.autoplay = true;
    this.#unheard.srcObject = stream;
    this.#play();
  }

  close() {
    this.#element?.remove();
    this.#element = null;
    if (this.#unheard) this.#unheard.srcObject = null;
    this.#unheard = null;
  }

  #play() {
    if (!this.#joined || !permissions.audio || !this.#stream) return;
    this.close();
    this.#element = h('audio', { autoplay: true });
    this.#element.srcObject = this.#stream;
    document.body.append(this.#element);
  }
}
