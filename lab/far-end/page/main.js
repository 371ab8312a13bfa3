// The page that sends the people's media: takes commands from far-end.ts, and has one studio per
// meeting and one peer connection per guest.
import { Studio } from './studio.js';

/** @type {Map<string, Studio>} by meeting code */
const studios = new Map();
/** @type {Map<string, { code: string, peer: RTCPeerConnection }>} by guest id */
const guests = new Map();

const commands = {
  async connect({ guestId, code, people, present, speaking, mixed }) {
    drop(guestId);
    const studio = studios.get(code) ?? new Studio(people);
    studios.set(code, studio);
    studio.update({ present, speaking });
    const peer = new RTCPeerConnection();
    guests.set(guestId, { code, peer });
    peer.onicecandidate = ({ candidate }) => {
      if (candidate) window.toGuest(guestId, { candidate: candidate.toJSON() });
    };
    const streams = {};
    for (const { person, stream } of studio.casts) {
      streams[stream.id] = person.id;
      const sent = mixed ? stream.getVideoTracks() : stream.getTracks();
      for (const track of sent) peer.addTrack(track, stream);
    }
    if (mixed) {
      streams[studio.mix.id] = 'everybody';
      peer.addTrack(studio.mix.getAudioTracks()[0], studio.mix);
    }
    await peer.setLocalDescription();
    window.toGuest(guestId, { description: peer.localDescription.toJSON(), streams });
  },

  async signal({ guestId, signal }) {
    const peer = guests.get(guestId)?.peer;
    if (!peer) return;
    if (signal.description) await peer.setRemoteDescription(signal.description);
    if (signal.candidate) await peer.addIceCandidate(signal.candidate);
  },

  async update({ code, present, speaking }) {
    studios.get(code)?.update({ present, speaking });
  },

  async disconnect({ guestId }) {
    drop(guestId);
  },
};

function drop(guestId) {
  const guest = guests.get(guestId);
  if (!guest) return;
  guest.peer.close();
  guests.delete(guestId);
  if ([...guests.values()].some((other) => other.code === guest.code)) return;
  studios.get(guest.code)?.close();
  studios.delete(guest.code);
}

window.addEventListener('lab', ({ detail }) => {
  commands[detail.kind](detail).catch((cause) => console.error(detail.kind, cause));
});
