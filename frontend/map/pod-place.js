/**
 * A place that holds Pods (a node, or the lane of those without one): as cards, as dots or as a bar.
 */

import { arrange, element } from "../dom.js";
import { PodDots } from "./pod-dots.js";
import { countsInWords, countTones, TONES } from "./status.js";

/** @typedef {import("./model.js").PodItem} PodItem */
/**
 * @typedef {object} How
 * @property {import("./layout.js").Detail} detail
 * @property {(pod: PodItem) => HTMLElement} card
 * @property {number} width pixels that the dots of a node have
 * @property {ReturnType<import("./glyphs.js").stamps>} stamps
 * @property {string} focus colour of the ring around what is selected
 * @property {Set<string> | null} related ids to stand out
 * @property {string | null} selected
 */

export class PodPlace {
  root = element("div", { class: "pod-place" });
  #list = element("ul", { class: "pods" });
  #dots = new PodDots();

  /** @param {PodItem[]} pods @param {How} how */
  draw(pods, how) {
    if (pods.length === 0) this.root.replaceChildren();
    else if (how.detail === "cards") this.#drawCards(pods, how);
    else if (how.detail === "dots") this.#drawDots(pods, how);
    else this.#drawBar(pods);
  }

  #drawCards(pods, { card }) {
    arrange(this.#list, pods.map(card));
    arrange(this.root, [this.#list]);
  }

  #drawDots(pods, how) {
    arrange(this.root, [this.#dots.root]);
    if (how.width > 0) this.#dots.draw(pods, { ...how, label: countsInWords(countTones(pods)) });
  }

  /** Takes the room for so many dots, to be drawn when they come into view. @param {number} count @param {number} width */
  reserve(count, width) {
    arrange(this.root, count ? [this.#dots.root] : []);
    this.#dots.reserve(count, width);
  }

  #drawBar(pods) {
    const counts = countTones(pods);
    const parts = TONES.filter((tone) => counts[tone]).map((tone) => {
      const part = element("span", { class: "bar-part", dataset: { tone } });
      part.style.flexGrow = String(counts[tone]);
      return part;
    });
    this.root.replaceChildren(
      element("div", { class: "bar", role: "img", "aria-label": countsInWords(counts) }, ...parts),
      element("p", { class: "bar-words", "aria-hidden": "true" }, countsInWords(counts)),
    );
  }

  /** @param {Event} event @returns {PodItem | undefined} the Pod whose dot is under the pointer */
  podAt(event) {
    return event.target === this.#dots.root ? this.#dots.podAt(event) : undefined;
  }

  /** @param {string} id @returns {DOMRect | null} where its dot is on the screen */
  dotRect(id) {
    const place = this.#dots.root.isConnected ? this.#dots.placeOf(id) : null;
    if (!place) return null;
    const box = this.#dots.root.getBoundingClientRect();
    return new DOMRect(box.left + place.x, box.top + place.y, 0, 0);
  }
}
