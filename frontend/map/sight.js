/**
 * Which nodes are in view: what nobody sees is not drawn until it is scrolled to.
 */

const MARGIN = "240px";

export class Sight {
  #seen = new Set();
  #names = new WeakMap();
  #observer;

  /** @param {(names: Set<string>) => void} appeared nodes that have come into view */
  constructor(appeared) {
    this.#observer = new IntersectionObserver((entries) => {
      const fresh = new Set();
      for (const { target, isIntersecting } of entries) {
        const name = this.#names.get(target);
        if (isIntersecting && !this.#seen.has(name)) fresh.add(name);
        if (isIntersecting) this.#seen.add(name);
        else this.#seen.delete(name);
      }
      if (fresh.size) appeared(fresh);
    }, { rootMargin: MARGIN });
  }

  /** @param {Element} element @param {string} name */
  watch(element, name) {
    this.#names.set(element, name);
    this.#observer.observe(element);
  }

  /** @param {Element} element @param {string} name */
  forget(element, name) {
    this.#observer.unobserve(element);
    this.#seen.delete(name);
  }

  /** @param {string} name */
  has(name) {
    return this.#seen.has(name);
  }
}
