/**
 * Many Pods as dots on one canvas: a node with hundreds of Pods costs one element and one drawing.
 */

import { element } from "../dom.js";
import { paintGlyph } from "./glyphs.js";
import { DOT, dotAt, dotGrid, dotPlace } from "./layout.js";
import { toneOf } from "./status.js";

export class PodDots {
  root = element("canvas", { class: "pod-dots", role: "img" });
  #pods = [];
  #columns = 1;

  /**
   * @param {import("./model.js").PodItem[]} pods
   * @param {{width: number, palette: Record<string, string>, related: Set<string> | null, selected: string | null, label: string}} how
   */
  draw(pods, { width, palette, related, selected, label }) {
    this.#pods = pods;
    const { columns, height } = dotGrid(pods.length, width);
    this.#columns = columns;
    this.root.setAttribute("aria-label", label);
    const context = this.#sized(width, height);
    pods.forEach((pod, index) => {
      const tone = toneOf(pod);
      const place = dotPlace(index, columns);
      context.globalAlpha = related && !related.has(pod.id) ? 0.2 : 1;
      paintGlyph(context, tone, { ...place, size: DOT.size, colour: palette[tone], ground: palette.ground });
      if (pod.id === selected) ring(context, place, palette.focus);
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

  #sized(width, height) {
    const scale = devicePixelRatio || 1;
    this.root.width = Math.round(width * scale);
    this.root.height = Math.round(height * scale);
    this.root.style.width = `${width}px`;
    this.root.style.height = `${height}px`;
    const context = this.root.getContext("2d");
    context.scale(scale, scale);
    return context;
  }
}

function ring(context, { x, y }, colour) {
  context.globalAlpha = 1;
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.strokeRect(x - 1.5, y - 1.5, DOT.size + 3, DOT.size + 3);
}
