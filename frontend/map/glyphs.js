/**
 * A shape for each tone, as SVG for the page and as a path for canvases: status is told by shape and word, not by colour alone.
 */

import { svg } from "../dom.js";

/** On a grid of 12 by 12. `fill`: painted; `line`: stroked. */
const SHAPES = {
  ok: { fill: "M6 1a5 5 0 1 1 0 10A5 5 0 0 1 6 1Z" },
  unready: { fill: "M6 1a5 5 0 0 1 0 10Z", line: "M6 1.75a4.25 4.25 0 1 1 0 8.5a4.25 4.25 0 0 1 0-8.5Z" },
  starting: { line: "M6 1.75A4.25 4.25 0 0 1 10.25 6M6 10.25A4.25 4.25 0 0 1 1.75 6M3 3a4.25 4.25 0 0 1 .6-.5M9 9a4.25 4.25 0 0 1-.6.5" },
  bad: { fill: "M6 .4 11.6 6 6 11.6.4 6Z", cut: "M4.2 4.2l3.6 3.6m0-3.6L4.2 7.8" },
  leaving: { line: "M6 1.75a4.25 4.25 0 1 1 0 8.5a4.25 4.25 0 0 1 0-8.5ZM3.8 6h4.4" },
  done: { line: "M2 6.4 4.8 9.2 10 3.2" },
  unknown: { line: "M6 1.75a4.25 4.25 0 1 1 0 8.5a4.25 4.25 0 0 1 0-8.5Z" },
};

/**
 * @param {import("./status.js").Tone} tone
 * @returns {SVGElement}
 */
export function glyph(tone) {
  const shape = SHAPES[tone];
  return svg(
    "svg", { class: "glyph", viewBox: "0 0 12 12", "data-tone": tone, "aria-hidden": "true", focusable: "false" },
    ...["fill", "line", "cut"].filter((part) => shape[part]).map((part) => svg("path", { class: `glyph-${part}`, d: shape[part] })),
  );
}

const PATHS = new Map();

function pathsOf(tone) {
  if (!PATHS.has(tone)) PATHS.set(tone, Object.fromEntries(Object.entries(SHAPES[tone]).map(([part, d]) => [part, new Path2D(d)])));
  return PATHS.get(tone);
}

/**
 * Draws a tone's shape into a canvas.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {import("./status.js").Tone} tone
 * @param {{x: number, y: number, size: number, colour: string, ground: string}} how
 */
export function paintGlyph(context, tone, { x, y, size, colour, ground }) {
  const paths = pathsOf(tone);
  context.save();
  context.translate(x, y);
  context.scale(size / 12, size / 12);
  context.fillStyle = context.strokeStyle = colour;
  context.lineWidth = 1.6;
  if (paths.fill) context.fill(paths.fill);
  if (paths.line) context.stroke(paths.line);
  if (paths.cut) {
    context.strokeStyle = ground;
    context.stroke(paths.cut);
  }
  context.restore();
}
