/**
 * The cluster's clock: shows virtual time as it runs, and asks the server to change its pace.
 *
 * Between the server's messages the page counts on by itself, so that a running clock costs no traffic.
 */

/**
 * @typedef {object} ClockState
 * @property {number} now virtual seconds since the epoch, when the message came
 * @property {number} rate virtual seconds a second
 * @property {boolean} paused
 * @property {number | null} next when the next thing happens in the cluster
 */

/**
 * @param {ClockState} state
 * @param {number} elapsed real seconds since the message
 * @returns {number} virtual seconds since the epoch
 */
export function virtualNow(state, elapsed) {
  return state.paused ? state.now : state.now + elapsed * state.rate;
}

/** @param {number} seconds since the epoch @returns {string} "10:15:30" in UTC, the zone of the cluster's machines */
export function timeOfDay(seconds) {
  return new Date(seconds * 1000).toISOString().slice(11, 19);
}

/** @param {number} seconds @returns {string} "in 12 s", "in 5 min" */
export function inWords(seconds) {
  if (seconds < 1) return "now";
  if (seconds < 120) return `in ${Math.round(seconds)} s`;
  if (seconds < 7200) return `in ${Math.round(seconds / 60)} min`;
  return `in ${Math.round(seconds / 3600)} h`;
}

/**
 * @param {import("../lab-socket.js").LabSocket} socket
 * @returns {{set: (state: ClockState) => void}}
 */
export function startClock(socket) {
  const root = document.querySelector("[data-clock]");
  const clock = new ClockFace(root);
  root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.clockAction) ask(socket, clock, button.dataset);
    else if (button?.matches("[data-clock-toggle]")) clock.toggleMenu();
  });
  root.addEventListener("keydown", (event) => event.key === "Escape" && clock.toggleMenu(false));
  document.addEventListener("click", (event) => !root.contains(event.target) && clock.toggleMenu(false));
  return clock;
}

function ask(socket, clock, { clockAction, clockValue }) {
  const action = clockAction === "pause" && clock.paused ? "resume" : clockAction;
  socket.send({ type: "clock", action, ...(clockValue && { value: Number(clockValue) }) });
}

class ClockFace {
  #root;
  #state = null;
  #since = 0;

  constructor(root) {
    this.#root = root;
    setInterval(() => this.#tick(), 250);
  }

  get paused() {
    return Boolean(this.#state?.paused);
  }

  /** @param {ClockState} state */
  set(state) {
    this.#state = state;
    this.#since = performance.now();
    this.#root.classList.toggle("is-paused", state.paused);
    this.#root.querySelector("[data-clock-rate]").textContent = state.paused ? "paused" : `${state.rate}×`;
    for (const button of this.#root.querySelectorAll("[data-clock-action=rate]")) {
      button.setAttribute("aria-pressed", String(!state.paused && Number(button.dataset.clockValue) === state.rate));
    }
    this.#root.querySelector("[data-clock-action=pause]")?.setAttribute("aria-pressed", String(state.paused));
    this.#tick();
  }

  toggleMenu(open = !this.#root.classList.contains("is-open")) {
    this.#root.classList.toggle("is-open", open);
    this.#root.querySelector("[data-clock-toggle]")?.setAttribute("aria-expanded", String(open));
  }

  #tick() {
    if (!this.#state || document.hidden) return;
    const now = virtualNow(this.#state, (performance.now() - this.#since) / 1000);
    const face = this.#root.querySelector("[data-clock-now]");
    const text = timeOfDay(now);
    if (face.textContent === text) return;
    face.textContent = text;
    face.dateTime = new Date(now * 1000).toISOString();
    face.title = `${new Date(now * 1000).toISOString().slice(0, 10)}, UTC`;
    this.#next(now);
  }

  #next(now) {
    const { next } = this.#state;
    const step = this.#root.querySelector("[data-clock-action=step]");
    if (!step) return; // the clock of a lab that is only looked at
    step.disabled = next === null || next === undefined;
    step.title = step.disabled ? "Nothing is due in the cluster" : `Go to the next thing that happens in the cluster: ${inWords(next - now)}`;
  }
}
