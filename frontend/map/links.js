/**
 * Lines from Services to their endpoints, in one SVG behind the Pods. They run down the gutter of a node and turn into each Pod.
 */

import { svg } from "../dom.js";

const MOST_LINES = 300;

export class Links {
  root = svg("svg", { class: "links", "aria-hidden": "true", focusable: "false" });

  /**
   * @param {Element} canvas what the lines are drawn over
   * @param {{from: DOMRect, to: DOMRect, strong: boolean}[]} links places on the screen
   */
  draw(canvas, links) {
    const origin = canvas.getBoundingClientRect();
    const width = canvas.scrollWidth;
    const height = canvas.scrollHeight;
    this.root.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.root.style.width = `${width}px`;
    this.root.style.height = `${height}px`;
    const drawn = links.slice(0, MOST_LINES);
    this.root.replaceChildren(
      ...drawn.map((link) => svg("path", { class: link.strong ? "link is-strong" : "link", d: curve(link, origin) })),
      ...drawn.map((link) => end(link, origin)),
    );
  }
}

/**
 * @param {{from: DOMRect, to: DOMRect}} link
 * @param {{left: number, top: number}} origin
 * @returns {string}
 */
export function curve({ from, to }, origin) {
  const x1 = from.left + from.width / 2 - origin.left;
  const y1 = from.bottom - origin.top;
  const x2 = to.left - origin.left;
  const y2 = to.top + to.height / 2 - origin.top;
  const gutter = x2 - 7;
  const turn = Math.max(y1 + 24, y2 - 14);
  const middle = Math.min(y1 + 48, (y1 + turn) / 2);
  return `M${r(x1)} ${r(y1)}C${r(x1)} ${r(middle)} ${r(gutter)} ${r(y1 + 4)} ${r(gutter)} ${r(Math.min(turn, y1 + 64))}L${r(gutter)} ${r(turn)}Q${r(gutter)} ${r(y2)} ${r(x2)} ${r(y2)}`;
}

function end({ to, strong }, origin) {
  return svg("circle", { class: strong ? "link-end is-strong" : "link-end", cx: r(to.left - origin.left), cy: r(to.top + to.height / 2 - origin.top), r: 2.5 });
}

function r(value) {
  return Math.round(value * 10) / 10;
}
