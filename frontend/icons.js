/**
 * The few pictograms of the lab's buttons, as strokes on a 16 by 16 grid. Decoration only: the button has the name.
 */

import { svg } from "./dom.js";

const STROKES = {
  search: "M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10Zm3.6-1.4L14 14",
  smaller: "M3.5 8h9",
  larger: "M3.5 8h9M8 3.5v9",
  maximise: "M9.5 2.5h4v4M13 3l-4 4M6.5 13.5h-4v-4M3 13l4-4",
  plus: "M8 3v10M3 8h10",
  close: "m4 4 8 8m0-8-8 8",
  copy: "M5.5 5.5v-3h8v8h-3m-8-5h8v8h-8z",
  run: "M5 3.2v9.6L12.6 8z",
  open: "M9.5 2h-6v12h9V5zm0 0v3h3",
  table: "M2.5 3.5h11v9h-11zm0 3h11m-11 3h11m-7-6v9",
  map: "M2.5 2.5h4.5v4.5H2.5zm6.5 0h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z",
  tick: "m3.5 8.5 3 3 6-7",
};

/**
 * @param {keyof typeof STROKES} name
 * @returns {SVGElement}
 */
export function icon(name) {
  return svg("svg", { class: `icon icon-${name}`, viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" }, svg("path", { d: STROKES[name] }));
}
