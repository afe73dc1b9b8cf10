/**
 * The small parts around the editor's text: a file's tab, the field for a new file's name, the banner of a waiting command.
 */

import { element } from "../dom.js";
import { icon } from "../icons.js";

/**
 * @param {string} path
 * @param {() => void} chosen
 * @param {() => void} closed
 * @returns {HTMLElement}
 */
export function fileTab(path, chosen, closed) {
  return element(
    "div", { class: "file-tab", role: "presentation", dataset: { path } },
    element("button", { type: "button", role: "tab", "aria-controls": "editor-panel", title: `${path} (Delete closes it)`, on: { click: chosen } },
      path.split("/").pop(), element("span", { class: "file-state visually-hidden" })),
    element("button", { type: "button", class: "file-close", tabindex: "-1", "aria-hidden": "true", title: `Close ${path}`, on: { click: closed } }, icon("close")),
  );
}

/**
 * @param {string[]} taken names of files that are open already
 * @param {(path: string | null) => void} done null when the learner thought better of it
 * @returns {HTMLElement}
 */
export function newFileField(taken, done) {
  let finished = false;
  const finish = (path) => {
    if (finished) return;
    finished = true;
    done(path);
  };
  const input = element("input", {
    type: "text", value: freeName(taken), "aria-label": "Name of the new file", spellcheck: "false", autocapitalize: "off", maxlength: "200",
    on: {
      keydown: (event) => {
        if (event.key !== "Escape" && event.key !== "Enter") return;
        event.preventDefault(); // else the editor, focused next, would take the Enter too
        finish(event.key === "Enter" ? input.value.trim() || null : null);
      },
      blur: () => finish(null),
    },
  });
  queueMicrotask(() => input.setSelectionRange(0, input.value.lastIndexOf(".")));
  return element("span", { class: "file-new" }, input);
}

function freeName(taken) {
  const names = ["manifest.yaml", ...Array.from({ length: 98 }, (_, index) => `manifest-${index + 2}.yaml`)];
  return names.find((name) => !taken.includes(name)) ?? "";
}

/**
 * @param {import("./files.js").OpenFile} file
 * @param {() => void} save
 * @param {() => void} cancel
 * @returns {HTMLElement}
 */
export function waitingBanner(file, save, cancel) {
  return element(
    "div", { class: "editor-waiting" },
    element("p", {}, element("strong", {}, "The terminal is waiting for you. "), `Edit ${file.path.split("/").pop()}, then save and close it.`),
    element("div", {},
      element("button", { type: "button", class: "button button-small", on: { click: cancel } }, "Cancel"), " ",
      element("button", { type: "button", class: "button button-primary button-small", on: { click: save } }, "Save and close")),
  );
}

/** @returns {HTMLElement} what stands there while who is looked at has no file */
export function nothingToShow() {
  return element(
    "div", { class: "editor-empty" },
    element("p", {}, "No file to see yet."),
    element("p", {}, "What the learner writes and saves shows here."),
  );
}

/** @param {() => void} create @returns {HTMLElement} what stands there while no file is open */
export function welcome(create) {
  return element(
    "div", { class: "editor-empty" },
    element("p", {}, "No file is open."),
    element("p", {}, "Write a manifest here and apply it, or open one of your home's files with ",
      element("code", {}, "vi NAME"), " in the terminal."),
    element("button", { type: "button", class: "button button-small", on: { click: create } }, icon("plus"), "New file"),
  );
}
