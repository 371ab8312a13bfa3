import { boot } from './boot.js';

/** How long a field that was taken away stays away. */
const AWAY_MS = 400;
/** How soon after an input the field is replaced. */
const REPLACED_AFTER_MS = 60;

/**
 * A field for the guest's name with the traps of a scenario: a page that renders again while somebody types
 * replaces the field by an empty one (`name_input_rerenders`), and one that is still loading takes it away as
 * soon as somebody enters it (`name_input_detaches`).
 */
export class NameField {
  element;
  #make;
  #changed;
  #rerenders = boot.name_input_rerenders;
  #detaches = boot.name_input_detaches;

  /** `make` makes an empty field. `changed` is called after every change of the text. */
  constructor(make, changed) {
    this.#make = make;
    this.#changed = changed;
    this.element = this.#fresh();
  }

  get value() {
    return this.element.value.trim();
  }

  #fresh() {
    const field = this.#make();
    field.addEventListener('input', () => this.#typed());
    field.addEventListener('focus', () => this.#entered());
    return field;
  }

  #typed() {
    this.#changed();
    if (this.#rerenders === 0) return;
    this.#rerenders -= 1;
    setTimeout(() => this.#replace(), REPLACED_AFTER_MS);
  }

  #replace() {
    const fresh = this.#fresh();
    this.element.replaceWith(fresh);
    this.element = fresh;
    this.#changed();
  }

  #entered() {
    if (this.#detaches === 0) return;
    this.#detaches -= 1;
    const gap = document.createComment('name');
    this.element.replaceWith(gap);
    setTimeout(() => {
      this.element = this.#fresh();
      gap.replaceWith(this.element);
      this.#changed();
    }, AWAY_MS);
  }
}
