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
