import { h } from '../client/dom.js';

/** A button with its text in a span, as the platform's main buttons have it. */
export const textButton = (label, onclick, attributes = {}) =>
  h('button', { type: 'button', class: 'button', onclick, ...attributes }, h('span', {}, label));

/** A round button with a label and an icon, which is the text of a ligature. */
export const iconButton = (label, icon, onclick, attributes = {}) =>
  h(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': label, title: label, onclick, ...attributes },
    h('i', { 'aria-hidden': 'true', 'data-icon': icon }, icon),
  );
