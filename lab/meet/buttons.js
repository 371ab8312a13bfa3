import { h } from '../client/dom.js';
import { label } from '../client/label.js';

/** A button with its text in a span, as the platform's main buttons have it. */
export const textButton = (label, onclick, attributes = {}) =>
  h('button', { type: 'button', class: 'button', onclick, ...attributes }, h('span', {}, label));

/** A round button with a name and an icon, which is the text of a ligature. */
export const iconButton = (name, icon, onclick, attributes = {}) =>
  label(
    h(
      'button',
      { type: 'button', class: 'icon-button', onclick, ...attributes },
      h('i', { 'aria-hidden': 'true', 'data-icon': icon }, icon),
    ),
    name,
  );
