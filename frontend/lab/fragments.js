/**
 * Puts the server's HTML fragments in their places (htmx out-of-band swaps) and reads out what became true.
 */

import htmx from "htmx.org";

/**
 * @param {HTMLElement} lab
 * @param {string} html elements with an id and hx-swap-oob
 */
export function swapFragments(lab, html) {
  const before = passedChecks(lab);
  htmx.swap(lab.querySelector("#lab-fragments"), html, { swapStyle: "none" });
  announce(lab, before);
}

function passedChecks(lab) {
  return new Set([...lab.querySelectorAll('.check[data-state="passed"]')].map((check) => check.id));
}

function announce(lab, before) {
  const fresh = [...lab.querySelectorAll('.check[data-state="passed"]')].filter((check) => !before.has(check.id));
  if (fresh.length === 0) return;
  for (const check of fresh) check.classList.add("is-fresh");
  const left = lab.querySelectorAll('.check:not([data-state="passed"])').length;
  const words = fresh.map((check) => check.textContent.trim().replace(/\s+/g, " ")).join("; ");
  lab.querySelector("#lab-announcements").textContent = `Done: ${words}. ${left === 0 ? "All checks of this step are green." : `${left} to go.`}`;
}
