/**
 * The lesson's text comes alive: commands get "Run" and "Copy" buttons, file names open in the editor.
 *
 * Buttons are made here and not by the server, so that a lesson's author writes plain Markdown code blocks.
 */

import { element } from "../dom.js";
import { icon } from "../icons.js";

/**
 * @param {import("../lab-socket.js").LabSocket} socket
 * @param {{lab: HTMLElement, editor: any, terminal: any, tabs: any}} parts
 */
export function startLesson(socket, parts) {
  furnish(parts.lab);
  document.body.addEventListener("htmx:load", (event) => furnish(event.detail.elt));
  parts.lab.addEventListener("click", (event) => {
    const button = event.target.closest("[data-run], [data-open], [data-copy]");
    if (!button) return;
    if (button.dataset.run) run(button.dataset.run, socket, parts);
    else if (button.dataset.open) open(button.dataset.open, parts);
    else copy(button);
  });
}

function furnish(root) {
  for (const block of root.querySelectorAll("pre.runnable:not(.is-furnished), pre.copyable:not(.is-furnished)")) {
    block.classList.add("is-furnished");
    const line = block.textContent.trim();
    const tools = element("div", { class: "code-tools" }, copyButton(line), block.matches(".runnable") && runButton(line));
    const frame = element("div", { class: "code-frame" });
    block.replaceWith(frame);
    frame.append(block, tools);
  }
}

function runButton(line) {
  return element("button", { type: "button", class: "code-run", dataset: { run: line }, "aria-label": `Run ${line}` }, icon("run"), "Run");
}

function copyButton(line) {
  return element("button", { type: "button", class: "code-copy", dataset: { copy: line }, "aria-label": `Copy ${line}` }, icon("copy"));
}

function run(lines, socket, { terminal, tabs }) {
  tabs.show("terminal");
  for (const line of lines.split("\n").filter((one) => one.trim())) socket.send({ type: "run", line });
  terminal.focus();
}

function open(path, { editor, tabs }) {
  tabs.show("editor");
  editor.show(path);
}

async function copy(button) {
  await navigator.clipboard?.writeText(button.dataset.copy);
  button.classList.add("is-done");
  setTimeout(() => button.classList.remove("is-done"), 1600);
}
