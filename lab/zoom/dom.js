// What Zoom's pages are made of.
import { h } from '../client/dom.js';

/** A button of the platform's own kind, with its text. */
export const zmButton = (label, onclick, { class: more = '', ...attributes } = {}) =>
  h('button', { type: 'button', class: `zm-btn ${more}`.trim(), onclick, ...attributes }, label);

const SHAPES = {
  mic: 'M9 6a3 3 0 0 1 6 0v5a3 3 0 0 1-6 0zM5 11a7 7 0 0 0 14 0M12 18v3',
  video: 'M3 6h12v12H3zM15 11l6-4v10l-6-4z',
  people:
    'M9 4.500a3.500 3.500 0 1 1 0 7a3.500 3.500 0 0 1 0-7zM2.500 20a6.500 6.500 0 0 1 13 0M18 14a6 6 0 0 1 4 6',
  chat: 'M4 5h16v11H9l-5 4z',
  share: 'M3 5h18v14H3zM12 16V9M9 11l3-3 3 3',
  headset: 'M4 15v-3a8 8 0 0 1 16 0v3M4 15h3v5H4zM17 15h3v5h-3z',
  leave: 'M5 5l14 14M19 5L5 19',
};

/** An icon. Its class is the platform's, by which programs tell its state. */
export function svgIcon(shape, className = '', { crossed = false } = {}) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', `icon ${className}`.trim());
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', SHAPES[shape] + (crossed ? 'M3 3l18 18' : ''));
  svg.append(path);
  return svg;
}
