/**
 * Panes that share their room: separators moved by mouse, finger or arrow keys, remembered in the browser.
 *
 * The share of the first pane is the custom property --share of the element that holds both (css/lab.css).
 * Source of the keys: WAI-ARIA Authoring Practices, Window Splitter.
 */

import { recall, remember } from "../settings.js";

const LEAST = 15;
const MOST = 85;
const STEP = 2;

/** @param {HTMLElement} lab */
export function startPanes(lab) {
  for (const splitter of lab.querySelectorAll(".splitter")) startSplitter(splitter);
  lab.addEventListener("maximise", (event) => toggleMaximised(lab, event.target.closest(".pane")));
}

function startSplitter(splitter) {
  const box = splitter.parentElement;
  const name = `pane.${box.dataset.splitName}`;
  const original = Number(getComputedStyle(box).getPropertyValue("--share"));
  const set = (share, keep = true) => {
    const bounded = Math.max(LEAST, Math.min(MOST, share));
    box.style.setProperty("--share", String(bounded));
    splitter.setAttribute("aria-valuenow", String(Math.round(bounded)));
    if (keep) remember(name, bounded);
  };
  splitter.setAttribute("aria-valuemin", String(LEAST));
  splitter.setAttribute("aria-valuemax", String(MOST));
  set(recall(name, original), false);
  splitter.addEventListener("pointerdown", (event) => drag(event, splitter, box, set));
  splitter.addEventListener("keydown", (event) => key(event, box, set, original));
  splitter.addEventListener("dblclick", () => set(original));
}

function drag(event, splitter, box, set) {
  event.preventDefault();
  splitter.setPointerCapture(event.pointerId);
  splitter.focus({ preventScroll: true });
  const rect = box.getBoundingClientRect();
  const lies = box.dataset.split === "row";
  const move = (moved) => set(100 * (lies ? (moved.clientX - rect.left) / rect.width : (moved.clientY - rect.top) / rect.height));
  const stop = () => splitter.removeEventListener("pointermove", move);
  splitter.addEventListener("pointermove", move);
  splitter.addEventListener("lostpointercapture", stop, { once: true });
}

function key(event, box, set, original) {
  const now = Number(getComputedStyle(box).getPropertyValue("--share"));
  const back = box.dataset.split === "row" ? "ArrowLeft" : "ArrowUp";
  const forth = box.dataset.split === "row" ? "ArrowRight" : "ArrowDown";
  const wanted = { [back]: now - STEP, [forth]: now + STEP, Home: LEAST, End: MOST, Enter: original }[event.key];
  if (wanted === undefined) return;
  event.preventDefault();
  set(wanted);
}

function toggleMaximised(lab, pane) {
  const on = lab.dataset.maximised !== pane.id;
  lab.dataset.maximised = on ? pane.id : "";
  for (const one of lab.querySelectorAll(".pane")) one.classList.toggle("is-maximised", on && one === pane);
  lab.classList.toggle("has-maximised", on);
}
