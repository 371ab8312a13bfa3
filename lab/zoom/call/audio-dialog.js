import { boot } from '../../client/boot.js';
import { h } from '../../client/dom.js';
import { zmButton } from '../dom.js';

/** Asks the guest to join the audio. It lies over the pictures until somebody presses its button. */
export function audioDialog(join) {
  const label = boot.layout === 'older' ? 'Join with Computer Audio' : 'Join Audio by Computer';
  const box = h('div', { class: 'join-audio-container', role: 'dialog', 'aria-label': 'Join Audio' });
  const press = () => {
    box.remove();
    join();
  };
  box.append(zmButton(label, press, { class: 'join-audio-container__btn zm-btn--primary' }));
  return box;
}
