/**
 * xterm.js with its add-ons, set up for the lab. Loaded only where there is a terminal: it is the largest part.
 */

import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal } from "@xterm/xterm";

import { themeOf } from "./theme.js";

export const FONT = "'JetBrains Mono', ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";

/**
 * @param {HTMLElement} place
 * @param {number} fontSize pixels
 * @returns {Promise<{terminal: Terminal, fit: FitAddon, finder: SearchAddon}>}
 */
export async function openScreen(place, fontSize) {
  await document.fonts?.load(`${fontSize}px 'JetBrains Mono'`).catch(() => []); // cells are measured once, at opening
  const terminal = new Terminal({
    fontFamily: FONT,
    fontSize,
    lineHeight: 1.25,
    cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    scrollback: 5000,
    screenReaderMode: true,
    minimumContrastRatio: 4.5,
    macOptionIsMeta: true,
    theme: themeOf(place),
  });
  const fit = new FitAddon();
  const finder = new SearchAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(finder);
  terminal.loadAddon(new WebLinksAddon());
  terminal.open(place);
  terminal.textarea?.setAttribute("aria-label", "Terminal. Tab completes a word, Shift and Tab leaves the terminal.");
  return { terminal, fit, finder };
}
