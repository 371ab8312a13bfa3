import { h } from '../../client/dom.js';

/** One person's picture with the name below it. It shows another person when it is given one. */
export class Frame {
  element;
  #player = h('video-player', {});
  #name = h('span', { role: 'none' });
  #avatar = h('div', { class: 'video-avatar__avatar-img', 'aria-hidden': 'true' });
  #stream = null;

  constructor(className) {
    this.element = h(
      'div',
      { class: className },
      h(
        'div',
        { class: 'video-avatar__avatar' },
        this.#avatar,
        this.#player,
        h('div', { class: 'video-avatar__avatar-footer' }, this.#name),
      ),
    );
  }

  show({ name }, stream) {
    if (this.#name.textContent !== name) {
      this.#name.textContent = name;
      this.#avatar.textContent = [...name][0].toUpperCase();
    }
    if (stream === this.#stream) return;
    this.#stream = stream;
    this.#player.replaceChildren(...(stream ? [picture(stream)] : []));
  }
}

function picture(stream) {
  const video = h('video', { autoplay: true, playsinline: true });
  video.muted = true;
  video.srcObject = stream;
  return video;
}
