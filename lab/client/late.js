import { boot } from './boot.js';

/**
 * Puts controls into an element: at once, or one after the other where the scenario wants them late. Returns
 * the element.
 */
export function appear(parent, controls) {
  const all = controls.flat().filter((control) => control !== null && control !== undefined);
  for (const [n, control] of all.entries()) {
    if (boot.late_dom_ms === 0) parent.append(control);
    else setTimeout(() => parent.append(control), (n + 1) * boot.late_dom_ms);
  }
  return parent;
}
