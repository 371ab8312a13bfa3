import { h } from '../client/dom.js';
import { label } from '../client/label.js';

/** A button with a visible text. */
export const textButton = (text, onclick, { primary = false, ...attributes } = {}) =>
  h('button', { type: 'button', class: primary ? 'button primary' : 'button', onclick, ...attributes }, text);

/** Names of icons that client/icons.css draws. Others are a character. */
const DRAWN = [
  'mic',
  'videocam',
  'present_to_all',
  'more_vert',
  'call_end',
  'people',
  'chat',
  'send',
  'close',
];

/** An icon, which says nothing to those who cannot see it. */
export const icon = (name) =>
  DRAWN.includes(name)
    ? h('span', { 'aria-hidden': 'true', 'data-icon': name })
    : h('span', { 'aria-hidden': 'true' }, name);

/** A button of a toolbar: an icon and an accessible name. */
export const toolButton = (name, picture, onclick, attributes = {}) =>
  label(h('button', { type: 'button', class: 'tool', onclick, ...attributes }, icon(picture)), name);
