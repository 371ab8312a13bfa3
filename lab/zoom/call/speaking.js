import { boot } from '../../client/boot.js';
import { h } from '../../client/dom.js';

/** How the layouts show by themselves who speaks: the newest one only by whose picture it shows. */
const OWN_WAY = { single: 'frame', gallery: 'class', older: 'class' };

/** How frames show that their person speaks. */
export const speakingSignal = boot.speaking_signal ?? OWN_WAY[boot.layout];

/** Shows on a person's frame whether the person speaks. */
export function markSpeaking(frame, className, speaks) {
  if (speakingSignal === 'class') frame.classList.toggle(`${className}--active`, speaks);
  else if (speakingSignal === 'attribute') frame.setAttribute('data-speaking', String(speaks));
  else if (speakingSignal === 'style') meterOf(frame).style.height = speaks ? '14px' : '2px';
}

function meterOf(frame) {
  const known = frame.querySelector('.audio-meter');
  if (known) return known;
  const meter = h('div', { class: 'audio-meter', 'aria-hidden': 'true' });
  frame.append(meter);
  return meter;
}
