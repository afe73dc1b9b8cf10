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
 * All shapes drawn once, side by side, to be stamped many times: a stamp costs a fraction of a drawing.
 *
 * @param {number} size of a shape, in CSS pixels
 * @param {Record<string, string>} palette colours by tone; `ground` is what shapes are cut out with
 * @returns {{stamp: (context: CanvasRenderingContext2D, tone: import("./status.js").Tone, x: number, y: number) => void}}
 */
export function stamps(size, palette) {
  const scale = devicePixelRatio || 1;
  const tones = Object.keys(SHAPES);
  const cell = Math.ceil(size * scale) + 2;
  const sheet = document.createElement("canvas");
  sheet.width = cell * tones.length;
  sheet.height = cell;
  const context = sheet.getContext("2d");
  tones.forEach((tone, index) => {
    context.setTransform((size * scale) / 12, 0, 0, (size * scale) / 12, index * cell + 1, 1);
    paint(context, tone, palette[tone], palette.ground);
  });
  return {
    stamp: (target, tone, x, y) => target.drawImage(sheet, tones.indexOf(tone) * cell, 0, cell, cell, x - 1 / scale, y - 1 / scale, cell / scale, cell / scale),
  };
}

function paint(context, tone, colour, ground) {
  const paths = pathsOf(tone);
  context.fillStyle = context.strokeStyle = colour;
  context.lineWidth = 1.6;
  if (paths.fill) context.fill(paths.fill);
  if (paths.line) context.stroke(paths.line);
  if (!paths.cut) return;
  context.strokeStyle = ground;
  context.stroke(paths.cut);
}
