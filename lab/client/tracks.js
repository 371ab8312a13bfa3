import { h } from './dom.js';

/**
 * Plays a person's stream in an element. Sound and picture are in separate elements, as on the platforms. The
 * video must be muted, or the voice would be heard twice. Without a camera there is no video.
 */
export function playIn(element, stream) {
  element.querySelector(':scope > video')?.remove();
  element.querySelector(':scope > audio')?.remove();
  const audio = h('audio', { autoplay: true });
  audio.srcObject = stream;
  element.prepend(audio);
  if (stream.getVideoTracks().length === 0) return;
  const video = h('video', { autoplay: true, playsinline: true });
  video.muted = true;
  video.srcObject = stream;
  element.prepend(video);
}
