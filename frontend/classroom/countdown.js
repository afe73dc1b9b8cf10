/**
 * Times that run out: <time data-countdown="2026-11-25T12:00:00+00:00">. When one is over the page is loaded again, for
 * what the server makes of it then.
 */

const SHORT_SECONDS = 300;
const GRACE_MS = 3000;

/** @param {number} seconds @returns {string} "1:05:09", "4:07" */
export function clockOf(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

let leaving = false;

function tick() {
  for (const time of document.querySelectorAll("[data-countdown]")) {
    const left = (Date.parse(time.dataset.countdown) - Date.now()) / 1000;
    const text = clockOf(left);
    if (time.textContent !== text) time.textContent = text;
    time.classList.toggle("is-short", left < SHORT_SECONDS);
    if (left <= 0 && left > -60 && !leaving) {
      leaving = true;
      setTimeout(() => location.reload(), GRACE_MS);
    }
  }
}

if (globalThis.document) {
  setInterval(tick, 1000);
  tick();
}
