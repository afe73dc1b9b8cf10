/**
 * Wires a lab page: what the server says goes to the elements, what the learner does goes to the server.
 *
 * No part knows another: the editor, the terminal, the map, the clock and the lesson meet only here.
 */

import { LabSocket } from "../lab-socket.js";
import { startClock } from "./clock.js";
import { startExplaining } from "./explain.js";
import { swapFragments } from "./fragments.js";
import { startLesson } from "./lesson.js";
import { showLookers, startLooking } from "./looking.js";
import { showLink } from "./link.js";
import { startPanes } from "./panes.js";
import { startReset } from "./reset.js";
import { startTabs } from "./tabs.js";

/**
 * @param {HTMLElement} lab the element that carries the page's data attributes (templates/labs/lab.html)
 * @returns {LabSocket}
 */
export function startLab(lab) {
  const parts = {
    lab,
    editor: lab.querySelector("yaml-editor"),
    terminal: lab.querySelector("lab-terminal"),
    map: lab.querySelector("cluster-map"),
    tabs: startTabs(lab),
  };
  const socket = new LabSocket(socketUrl(lab), () => parts.terminal.size);
  parts.editor.start({ cluster: lab.dataset.cluster, schemas: lab.dataset.schemas, files: lab.dataset.files.split(" ").filter(Boolean) });
  startPanes(lab);
  startExplaining();
  hear(socket, parts, startClock(socket));
  if ("looking" in lab.dataset) {
    startLooking(socket, parts);
  } else {
    speak(socket, parts);
    startLesson(socket, parts);
    startReset(socket, parts);
  }
  addEventListener("online", () => socket.wake());
  document.addEventListener("visibilitychange", () => !document.hidden && socket.wake());
  socket.connect();
  return socket;
}

function socketUrl(lab) {
  const url = new URL(lab.dataset.socket, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** From the server to the page. */
function hear(socket, { lab, editor, terminal, map, tabs }, clock) {
  const on = (type, listener) => socket.addEventListener(type, (event) => listener(event.detail));
  on("state", ({ state }) => {
    showLink(lab, terminal, state);
    if (state !== "online") return;
    if (lab.dataset.lesson) socket.send({ type: "step", lesson: lab.dataset.lesson, step: lab.dataset.step });
    if (!("looking" in lab.dataset)) editor.askForFiles();
  });
  on("lookers", ({ names }) => showLookers(names));
  on("map", (message) => map.apply(message));
  on("clock", (message) => clock.set(message));
  on("terminal", ({ data, reset }) => {
    if (reset) terminal.clear();
    terminal.write(data);
  });
  on("file", ({ path, content }) => editor.put(path, content));
  on("edit", ({ path, content, token }) => {
    tabs.show("editor");
    editor.edit(path, content, token);
  });
  on("edited", () => editor.release());
  on("html", ({ html }) => swapFragments(lab, html));
  on("error", ({ message }) => showError(lab, message));
}

/** From the page to the server. What could not be sent is refused, so that the editor keeps it as not saved. */
function speak(socket, { lab, editor, terminal, tabs }) {
  const forward = (source, name, message) =>
    source.addEventListener(name, (event) => {
      if (socket.send(message(event.detail))) return;
      event.preventDefault();
      if (name !== "size") showError(lab, "There is no connection just now. Nothing was sent.");
    });
  forward(terminal, "keys", (data) => ({ type: "keys", data }));
  forward(terminal, "size", (size) => ({ type: "resize", ...size }));
  forward(editor, "open-file", ({ path }) => ({ type: "open", path }));
  forward(editor, "save-file", (file) => ({ type: "save", ...file }));
  forward(editor, "apply-file", (file) => ({ type: "apply", ...file }));
  editor.addEventListener("apply-file", (event) => !event.defaultPrevented && tabs.show("terminal"));
  editor.addEventListener("edit-finished", () => {
    tabs.show("terminal");
    terminal.focus();
  });
}

/** @param {HTMLElement} lab @param {string} message */
export function showError(lab, message) {
  const toast = lab.querySelector("#lab-toast");
  toast.textContent = message;
  toast.hidden = false;
  clearTimeout(Number(toast.dataset.timer));
  toast.dataset.timer = String(setTimeout(() => (toast.hidden = true), 8000));
}
