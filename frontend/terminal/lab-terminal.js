/**
 * <lab-terminal>: the learner's terminal. Shows what the server's shell prints, hands on every key; knows no command.
 *
 * Events: "keys" (detail: the characters), "size" (detail: {cols, rows}).
 */

import { onThemeChange } from "../colours.js";
import { element } from "../dom.js";
import { icon } from "../icons.js";
import { recall, remember } from "../settings.js";
import { keyFilter } from "./keys.js";
import { themeOf } from "./theme.js";

const SMALLEST = 10;
const LARGEST = 24;

export class LabTerminal extends HTMLElement {
  #screen = null;
  #waiting = [];
  #place = element("div", { class: "terminal-screen" });
  #notice = element("p", { class: "terminal-notice", role: "status", hidden: true });
  #stopTheme = null;
  #observer = null;
  #shows = null; // what a terminal that is only looked at measures

  async connectedCallback() {
    if (this.#screen || this.childElementCount) return;
    this.append(this.#header(), this.#place, this.#notice);
    const { openScreen } = await import("./screen.js");
    this.#screen = await openScreen(this.#place, recall("terminal.font", innerWidth < 500 ? 11 : 13));
    this.#listen();
    this.#fit();
    for (const data of this.#waiting.splice(0)) this.#screen.terminal.write(data);
  }

  disconnectedCallback() {
    this.#stopTheme?.();
    this.#observer?.disconnect();
    this.#screen?.terminal.dispose();
  }

  /** @returns {{cols: number, rows: number}} what the shell should think its window measures */
  get size() {
    const terminal = this.#screen?.terminal;
    return { cols: terminal?.cols ?? 80, rows: terminal?.rows ?? 24 };
  }

  /** @param {string} data what the shell printed, escape sequences included */
  write(data) {
    if (this.#screen) this.#screen.terminal.write(data);
    else this.#waiting.push(data);
  }

  /** Forgets the screen, before the server paints it anew. */
  clear() {
    this.#waiting.length = 0;
    this.#screen?.terminal.reset();
  }

  /** @param {string} text a line over the screen while keys cannot reach the shell; empty takes it away */
  notice(text) {
    this.#notice.textContent = text;
    this.#notice.hidden = !text;
    this.classList.toggle("is-offline", Boolean(text));
  }

  /** Takes no keys from now on: somebody else's terminal is looked at. */
  onlyShow() {
    this.#shows = { cols: 80, rows: 24 };
    this.classList.add("is-shown");
    this.#fit();
  }

  /** The size of the terminal that is looked at. @param {{cols: number, rows: number}} size */
  measure({ cols, rows }) {
    this.#shows = { cols, rows };
    this.#fit();
  }

  focus() {
    this.#screen?.terminal.focus();
  }

  /** @returns {string} the visible lines, for tests and for copying */
  get text() {
    const buffer = this.#screen?.terminal.buffer.active;
    if (!buffer) return "";
    const lines = Array.from({ length: buffer.length }, (_, row) => buffer.getLine(row)?.translateToString(true) ?? "");
    return lines.join("\n").trimEnd();
  }

  #listen() {
    const { terminal } = this.#screen;
    terminal.attachCustomKeyEventHandler(keyFilter(terminal, () => this.#toggleSearch(true)));
    terminal.onData((data) => this.dispatchEvent(new CustomEvent("keys", { detail: data })));
    terminal.onResize(() => this.dispatchEvent(new CustomEvent("size", { detail: this.size })));
    this.#stopTheme = onThemeChange(() => {
      terminal.options.theme = themeOf(this.#place);
    });
    this.#observer = new ResizeObserver(() => requestAnimationFrame(() => this.#fit()));
    this.#observer.observe(this.#place);
  }

  #fit() {
    if (this.#shows) return this.#show();
    if (this.#place.clientHeight > 20 && this.#place.clientWidth > 60) this.#screen?.fit.fit();
  }

  #show() {
    const terminal = this.#screen?.terminal;
    if (!terminal) return;
    terminal.options.disableStdin = true;
    terminal.options.cursorBlink = false;
    terminal.resize(this.#shows.cols, this.#shows.rows);
  }

  #header() {
    const search = element("input", {
      type: "search", class: "terminal-search", placeholder: "Find in the terminal", "aria-label": "Find in the terminal", hidden: true,
      on: { keydown: (event) => this.#searchKey(event), input: () => this.#find(1) },
    });
    return element(
      "div", { class: "pane-head" },
      element("h2", { class: "pane-title" }, "Terminal"),
      element("span", { class: "pane-hint" }, "Shift + Tab leaves"),
      search,
      element("div", { class: "pane-tools" },
        tool("search", "Find in the terminal", () => this.#toggleSearch()),
        tool("smaller", "Smaller text", () => this.#scale(-1)),
        tool("larger", "Larger text", () => this.#scale(1)),
        tool("maximise", "Maximise the terminal", () => this.dispatchEvent(new CustomEvent("maximise", { bubbles: true })))),
    );
  }

  #scale(by) {
    if (!this.#screen) return;
    const { terminal } = this.#screen;
    terminal.options.fontSize = Math.max(SMALLEST, Math.min(LARGEST, terminal.options.fontSize + by));
    remember("terminal.font", terminal.options.fontSize);
    this.#fit();
  }

  #toggleSearch(show = this.querySelector(".terminal-search").hidden) {
    const field = this.querySelector(".terminal-search");
    field.hidden = !show;
    if (show) return field.focus();
    this.#screen?.finder.clearDecorations();
    this.focus();
  }

  #searchKey(event) {
    if (event.key === "Escape") this.#toggleSearch(false);
    if (event.key === "Enter") this.#find(event.shiftKey ? -1 : 1);
  }

  #find(direction) {
    const { value } = this.querySelector(".terminal-search");
    if (direction < 0) this.#screen?.finder.findPrevious(value);
    else this.#screen?.finder.findNext(value, { incremental: true });
  }
}

function tool(name, label, pressed) {
  return element("button", { type: "button", class: "tool", "aria-label": label, title: label, on: { click: pressed } }, icon(name));
}

customElements.define("lab-terminal", LabTerminal);
