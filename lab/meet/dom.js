/**
 * A DOM element in one call. Attributes by name, `on*` functions as listeners,
 * false/null/undefined left out; children are elements or texts.
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

/** Shows one screen instead of the one before. */
export function show(name, ...children) {
  document.body.dataset.screen = name;
  app.replaceChildren(...children);
}

/** A button that is a text in a span, the platform's form of a call to action. */
export const textButton = (label, onclick, attributes = {}) =>
  h('button', { type: 'button', class: 'button', onclick, ...attributes }, h('span', {}, label));

/** A round button whose name is its label and whose face is an icon's ligature. */
export const iconButton = (label, icon, onclick, attributes = {}) =>
  h(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': label, title: label, onclick, ...attributes },
    h('i', { 'aria-hidden': 'true', 'data-icon': icon }, icon),
  );
