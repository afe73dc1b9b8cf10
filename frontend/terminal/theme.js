/**
 * The terminal's colours, from the page's own variables (--term-…), so that light and dark follow the site.
 */

import { colours } from "../colours.js";

const VARIABLES = {
  background: "bg", foreground: "fg", cursor: "cursor", cursorAccent: "bg", selectionBackground: "selection",
  black: "black", red: "red", green: "green", yellow: "yellow", blue: "blue", magenta: "magenta", cyan: "cyan", white: "white",
  brightBlack: "bright-black", brightRed: "red", brightGreen: "green", brightYellow: "yellow", brightBlue: "blue",
  brightMagenta: "magenta", brightCyan: "cyan", brightWhite: "bright-white",
};

/**
 * @param {Element} host an element of the page whose style counts
 * @returns {import("@xterm/xterm").ITheme}
 */
export function themeOf(host) {
  const names = Object.entries(VARIABLES).map(([name, variable]) => [name, `--term-${variable}`]);
  const found = colours(host, names.map(([, variable]) => variable));
  return Object.fromEntries(names.map(([name, variable]) => [name, found[variable]]));
}
