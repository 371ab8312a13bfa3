import { boot } from './boot.js';
import { h } from './dom.js';

let labels = 0;

/**
 * Gives a control its accessible name, in the way that the scenario says (`labels_by`). Called again, it
 * changes the name. Whoever replaces the control's content calls it afterwards.
 */
export function label(control, name) {
  if (boot.labels_by === 'aria-label') control.setAttribute('aria-label', name);
  // As on the platforms, a control with an aria-label mostly has the same text as a tooltip.
  if (boot.labels_by === 'aria-label' || boot.labels_by === 'title') control.setAttribute('title', name);
  else if (control.matches('input, textarea, [contenteditable]')) nameFromOutside(control, name);
  else nameFromInside(control, name);
  return control;
}

/** The name is a text in the control: visible, or one that `aria-labelledby` leads to. */
function nameFromInside(control, name) {
  const isHidden = boot.labels_by === 'labelledby';
  const text = control.querySelector(':scope > [data-label]') ?? h('span', { 'data-label': '' });
  text.hidden = isHidden;
  text.textContent = name;
  if (text.parentElement !== control) control.append(text);
  if (!isHidden) return;
  text.id ||= newId();
  control.setAttribute('aria-labelledby', text.id);
}

/** A field cannot contain its name, so the name is elsewhere in the page. */
function nameFromOutside(field, name) {
  field.id ||= newId();
  const textId = `${field.id}-label`;
  document.getElementById(textId)?.remove();
  const isLabel = boot.labels_by === 'text';
  const text = isLabel
    ? h('label', { id: textId, for: field.id, class: 'outside' }, name)
    : h('span', { id: textId, hidden: true }, name);
  if (!isLabel || field.matches('[contenteditable]')) field.setAttribute('aria-labelledby', textId);
  document.body.append(text);
}

const newId = () => {
  labels += 1;
  return `label-${labels}`;
};
