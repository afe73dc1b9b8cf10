/**
 * A node as a box: its name, role and state, and the Pods in it.
 */

import { element } from "../dom.js";
import { glyph } from "./glyphs.js";
import { PodPlace } from "./pod-place.js";
import { countsInWords, countTones } from "./status.js";

export class NodeBox {
  pods = new PodPlace();
  #head = element("button", { type: "button", class: "node-head" });
  #note = element("p", { class: "node-note" });
  #name = "";
  root = element("section", { class: "node" }, this.#head, this.pods.root, this.#note);

  /** The least that is to be found of a node that nobody sees. @param {import("./model.js").NodeItem} node */
  name(node) {
    if (this.#name) return;
    this.#name = this.#head.textContent = node.name;
    this.#head.dataset.id = this.root.dataset.id = node.id;
  }

  /** @param {import("./model.js").NodeItem} node */
  update(node) {
    const look = JSON.stringify(node);
    if (this.root.dataset.look === look) return;
    this.#name = node.name;
    this.root.dataset.look = look;
    this.#head.dataset.id = this.root.dataset.id = node.id;
    this.root.classList.toggle("is-not-ready", !node.ready);
    this.root.classList.toggle("is-cordoned", Boolean(node.unschedulable));
    const roles = (node.roles ?? []).filter(Boolean);
    this.#head.replaceChildren(
      element("span", { class: "node-name" }, node.name),
      element("span", { class: "node-version" }, node.version),
      element("span", { class: "node-facts" },
        element("span", { class: "node-state" }, glyph(node.ready ? "ok" : "bad"), node.ready ? "Ready" : "NotReady"),
        ...roles.map((role) => element("span", { class: "tag" }, role)),
        node.unschedulable && element("span", { class: "tag tag-warn" }, "cordoned")),
    );
  }

  /**
   * @param {import("./model.js").PodItem[]} pods
   * @param {number} hidden Pods of the system that the filter leaves out
   * @param {import("./pod-place.js").How} how
   */
  drawPods(pods, hidden, how) {
    this.pods.draw(pods, how);
    this.root.setAttribute("aria-label", `Node ${this.#name}, Pods: ${countsInWords(countTones(pods))}`);
    this.#note.textContent = note(pods.length, hidden, how.detail);
    this.#note.hidden = !this.#note.textContent;
  }
}

function note(shown, hidden, detail) {
  const system = hidden === 1 ? "1 system Pod" : `${hidden} system Pods`;
  if (shown === 0) return hidden ? `${system} hidden` : "No Pods";
  const count = detail === "cards" ? "" : shown === 1 ? "1 Pod" : `${shown.toLocaleString("en")} Pods`;
  return [count, hidden > 0 && `${system} hidden`].filter(Boolean).join(", ");
}
