/**
 * One Pod as a card: shape and word of its status, name, containers, restarts. Used while there are few enough Pods to read.
 */

import { element } from "../dom.js";
import { glyph } from "./glyphs.js";
import { splitName } from "./layout.js";
import { containerTone, toneOf } from "./status.js";

/**
 * @param {import("./model.js").PodItem} pod
 * @returns {HTMLElement} a list item; furnish it with updateCard
 */
export function createCard(pod) {
  return element("li", { class: "pod", dataset: { id: pod.id } }, element("button", { type: "button", class: "pod-card", dataset: { id: pod.id } }));
}

/**
 * @param {HTMLElement} card
 * @param {import("./model.js").PodItem} pod
 */
export function updateCard(card, pod) {
  const look = JSON.stringify([pod.status, pod.ready, pod.restarts, pod.deleting, pod.containers, pod.node]);
  if (card.dataset.look === look) return;
  card.dataset.look = look;
  const tone = toneOf(pod);
  const button = card.firstElementChild;
  button.dataset.tone = tone;
  const [stem, tail] = splitName(pod);
  button.replaceChildren(
    glyph(tone),
    element("span", { class: "visually-hidden" }, inWords(pod)), // the rest is for the eye: its name is in two pieces
    element("span", { class: "pod-name", "aria-hidden": "true" }, element("span", { class: "pod-stem" }, stem), element("span", {}, tail)),
    element("span", { class: "pod-facts", "aria-hidden": "true" },
      element("span", { class: "pod-status" }, pod.status),
      pod.restarts > 0 && element("span", { class: "pod-restarts", title: `${pod.restarts} restarts` }, `↻ ${pod.restarts}`)),
    element("span", { class: "pod-containers", "aria-hidden": "true" }, ...(pod.containers ?? []).map((container) => containerDot(container))),
  );
}

function containerDot(container) {
  return element("span", { class: "container-dot", dataset: { tone: containerTone(container) }, title: `${container.name}: ${container.state}` });
}

/**
 * @param {import("./model.js").PodItem} pod
 * @returns {string} all that the card shows, for a screen reader
 */
export function inWords(pod) {
  const restarts = pod.restarts ? `, restarted ${pod.restarts} times` : "";
  const place = pod.node ? `on ${pod.node}` : "not scheduled";
  return `Pod ${pod.name}, ${pod.status}, ${pod.ready} ready${restarts}, ${place}`;
}
