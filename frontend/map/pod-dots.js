/**
 * Many Pods as dots on one canvas: a node with hundreds of Pods costs one element and one drawing.
 */

import { element } from "../dom.js";
import { DOT, dotAt, dotGrid, dotPlace } from "./layout.js";
import { toneOf } from "./status.js";

export class PodDots {
  root = element("canvas", { class: "pod-dots", role: "img" });
  #pods = [];
  #columns = 1;

  /** Takes the room that the dots will need, before they are drawn. @param {number} count @param {number} width pixels */
  reserve(count, width) {
    this.root.style.width = `${width}px`;
    this.root.style.height = `${dotGrid(count, width).height}px`;
  }

  /**
   * @param {import("./model.js").PodItem[]} pods
   * @param {object} how
   * @param {number} how.width pixels
   * @param {ReturnType<import("./glyphs.js").stamps>} how.stamps
   * @param {string} how.focus colour of the ring around what is selected
   * @param {Set<string> | null} how.related ids that stand out
   * @param {string | null} how.selected
   * @param {string} how.label
   */
  draw(pods, { width, stamps, focus, related, selected, label }) {
    this.#pods = pods;
    const { columns, height } = dotGrid(pods.length, width);
    this.#columns = columns;
    this.root.setAttribute("aria-label", label);
    const context = this.#cleared(width, height);
    pods.forEach((pod, index) => {
      const { x, y } = dotPlace(index, columns);
      context.globalAlpha = related && !related.has(pod.id) ? 0.2 : 1;
      stamps.stamp(context, toneOf(pod), x, y);
      if (pod.id === selected) ring(context, x, y, focus);
    });
  }

  /** @param {MouseEvent} event @returns {import("./model.js").PodItem | undefined} the Pod under the pointer */
  podAt(event) {
    const box = this.root.getBoundingClientRect();
    return this.#pods[dotAt(event.clientX - box.left, event.clientY - box.top, this.#columns)];
  }

  /** @param {string} id @returns {{x: number, y: number} | null} the middle of its dot, from the canvas's corner */
  placeOf(id) {
    const index = this.#pods.findIndex((pod) => pod.id === id);
    if (index < 0) return null;
    const { x, y } = dotPlace(index, this.#columns);
    return { x: x + DOT.size / 2, y: y + DOT.size / 2 };
  }

  #cleared(width, height) {
    const scale = devicePixelRatio || 1;
    const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
    const context = this.root.getContext("2d");
    if (this.root.width === across && this.root.height === down) {
      context.clearRect(0, 0, width, height);
      return context;
    }
    this.root.width = across;
    this.root.height = down;
    this.root.style.width = `${width}px`;
    this.root.style.height = `${height}px`;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    return context;
  }
}

function ring(context, x, y, colour) {
  context.globalAlpha = 1;
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.strokeRect(x - 1.5, y - 1.5, DOT.size + 3, DOT.size + 3);
}
