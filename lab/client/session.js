// The page's connection to the lab: one knock, one event stream, a few POST requests.
import { boot } from './boot.js';
import { devices } from './devices.js';

/** One stay in a meeting. Calls `onevent` with every event of the lab, in order. */
export class Session {
  id = '';
  #stream = null;

  /** Asks to join. Throws with the lab's reason when that fails. */
  async knock({ name, passcode }, onevent) {
    const answer = await post(`/lab/guest/${boot.code}/knock`, {
      name,
      microphone_on: devices.microphone,
      camera_on: devices.camera,
      passcode,
    });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    this.id = (await answer.json()).guest_id;
    this.#stream = new EventSource(`/lab/guest/${boot.code}/${this.id}/events`);
    this.#stream.onmessage = ({ data }) => onevent(JSON.parse(data));
    this.#stream.onerror = () => {
      // A lost stream ends the stay: the lab counts this guest as gone.
      this.close();
      onevent({ type: 'over', why: 'lost' });
    };
  }

  send(what, body = {}) {
    return post(`/lab/guest/${boot.code}/${this.id}/${what}`, body);
  }

  /** Leaves in good order. The request is completed even if the page is closed right after. */
  async leave() {
    await this.send('leave');
    this.close();
  }

  close() {
    this.#stream?.close();
    this.#stream = null;
  }
}

const post = (path, body) =>
  fetch(path, {
    method: 'POST',
    keepalive: true,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
