/** Receives media: answers the far end's offer, and passes on one stream per person. */
export class Media {
  #signal;
  #onStream;
  #peer = null;
  #chain = Promise.resolve();

  constructor(signal, onStream) {
    this.#signal = signal;
    this.#onStream = onStream;
  }

  /** Handles signals in order: a candidate must not be handled before its offer. */
  handle(signal) {
    this.#chain = this.#chain.then(() => this.#take(signal)).catch((cause) => console.error('media', cause));
  }

  close() {
    this.#peer?.close();
    this.#peer = null;
  }

  async #take({ description, candidate, streams }) {
    if (description) await this.#answer(description, streams);
    else if (candidate) await this.#peer?.addIceCandidate(candidate);
  }

  async #answer(offer, personOfStream) {
    this.close();
    const peer = new RTCPeerConnection();
    this.#peer = peer;
    peer.onicecandidate = ({ candidate }) => {
      if (candidate) this.#signal({ candidate: candidate.toJSON() });
    };
    const known = new Set();
    peer.ontrack = ({ streams: [stream] }) => {
      if (!stream || known.has(stream.id)) return;
      known.add(stream.id);
      this.#onStream(personOfStream[stream.id], stream);
    };
    await peer.setRemoteDescription(offer);
    await peer.setLocalDescription();
    this.#signal({ description: peer.localDescription.toJSON() });
  }
}
