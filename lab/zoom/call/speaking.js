import { boot } from '../../client/boot.js';
import { Meter } from '../../client/meter.js';

/** How the layouts show by themselves who speaks: the newest one only by whose picture it shows. */
const OWN_WAY = { single: 'frame', gallery: 'class', older: 'class' };
const signal = boot.speaking_signal ?? OWN_WAY[boot.layout];
const meters = new WeakMap();

/** Whether the speaker's frame changes with the speaker. Without any sign of speech it does not. */
export const followsSpeaker = signal !== 'none';

/** Shows on a person's frame whether the person speaks. */
export function markSpeaking(frame, className, speaks) {
  if (signal === 'class') frame.classList.toggle(`${className}--active`, speaks);
  else if (signal === 'attribute') frame.setAttribute('data-speaking', String(speaks));
  else if (signal === 'style') meterOf(frame).set(speaks);
}

function meterOf(frame) {
  if (!meters.has(frame)) {
    const meter = new Meter();
    meters.set(frame, meter);
    frame.append(meter.element);
  }
  return meters.get(frame);
}
