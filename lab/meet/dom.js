/**
 * Creates a DOM element. Attributes are given by name, listeners as `on*` functions. Values false, null and
 * undefined are left out. Children are elements or texts.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const app = document.querySelector('#app');

/** Replaces the screen that is shown. */
export function show(name, ...children) {
  document.body.dataset.screen = name;
  app.replaceChildren(...children);
}

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
