/**
 * Lets Pods glide to their new places, new ones appear and gone ones fade. Nothing moves for who asked for stillness.
 */

import { prefersStillness } from "../dom.js";

const GLIDE = { duration: 320, easing: "cubic-bezier(.2, .7, .2, 1)" };
const APPEAR = { duration: 260, easing: "ease-out" };
const FADE = { duration: 220, easing: "ease-in" };

/**
 * Remembers where things are, before a change.
 *
 * @param {Iterable<HTMLElement>} elements
 * @returns {Map<HTMLElement, DOMRect>}
 */
export function places(elements) {
  const found = new Map();
  if (prefersStillness()) return found;
  for (const one of elements) if (one.isConnected) found.set(one, one.getBoundingClientRect());
  return found;
}

/**
 * Plays the way from there to here, after the change.
 *
 * @param {Map<HTMLElement, DOMRect>} before
 * @param {Iterable<HTMLElement>} now
 * @param {HTMLElement} stage holds what fades
 */
export function glide(before, now, stage) {
  if (prefersStillness()) return;
  const present = new Set(now);
  for (const one of present) {
    const from = before.get(one);
    if (!from) one.animate([{ opacity: 0, transform: "scale(.9)" }, { opacity: 1, transform: "none" }], APPEAR);
    else slide(one, from);
  }
  for (const [one, rect] of before) if (!present.has(one)) fade(one, rect, stage);
}

function slide(one, from) {
  const to = one.getBoundingClientRect();
  const dx = from.left - to.left;
  const dy = from.top - to.top;
  if (Math.abs(dx) + Math.abs(dy) < 1) return;
  one.animate([{ transform: `translate(${dx}px, ${dy}px)` }, { transform: "none" }], GLIDE);
}

function fade(one, rect, stage) {
  const ghost = one.cloneNode(true);
  const origin = stage.getBoundingClientRect();
  ghost.setAttribute("aria-hidden", "true");
  ghost.inert = true;
  ghost.classList.add("is-ghost");
  Object.assign(ghost.style, {
    left: `${rect.left - origin.left}px`, top: `${rect.top - origin.top}px`, width: `${rect.width}px`, height: `${rect.height}px`,
  });
  stage.append(ghost);
  ghost.animate([{ opacity: 1 }, { opacity: 0, transform: "scale(.94)" }], FADE).finished.finally(() => ghost.remove());
}
