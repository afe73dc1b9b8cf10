/**
 * Elements kept by id and built anew only when they should look different; the keyboard's focus stays where it was.
 */

export class Keep {
  /** @type {Map<string, {look: string, made: HTMLElement}>} */
  #kept = new Map();

  /**
   * @param {string} id
   * @param {unknown} facts all that the element shows
   * @param {() => HTMLElement} build
   * @returns {HTMLElement}
   */
  get(id, facts, build) {
    const look = JSON.stringify(facts);
    const known = this.#kept.get(id);
    if (known?.look === look) return known.made;
    const made = build();
    this.#kept.set(id, { look, made });
    if (known) takeOver(known.made, made);
    return made;
  }

  /** @param {Set<string>} ids forgets all others */
  only(ids) {
    for (const id of this.#kept.keys()) if (!ids.has(id)) this.#kept.delete(id);
  }
}

function takeOver(old, made) {
  const focused = old.contains(document.activeElement) ? document.activeElement.dataset.id : null;
  if (!old.isConnected) return;
  old.replaceWith(made);
  if (!focused) return;
  const heir = made.dataset.id === focused ? made : made.querySelector(`[data-id="${CSS.escape(focused)}"]`);
  heir?.focus();
}
