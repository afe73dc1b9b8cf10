/**
 * The one websocket of a lab page: reconnects by itself, catches up by revision, says what state it is in.
 *
 * Not a message queue: what cannot be sent now is refused (send answers false), so that no old keystroke reaches a
 * cluster minutes later. Each message of the server becomes an event of its own type, its detail the message.
 */

/** Close codes after which another try is useless: signed out, another learner's cluster, no such cluster. */
export const FINAL_CODES = { 4401: "expired", 4403: "forbidden", 4404: "gone" };

const FIRST_DELAY_MS = 400;
const LONGEST_DELAY_MS = 5_000;

/**
 * How long to wait before a try, with jitter, so that a thousand pages do not come back in the same instant.
 *
 * @param {number} attempt 0 for the first try after a loss
 * @param {number} chance in [0, 1)
 * @returns {number} milliseconds
 */
export function retryDelay(attempt, chance) {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  return Math.round(ceiling / 2 + (chance * ceiling) / 2);
}

/** @typedef {"connecting" | "online" | "offline" | "expired" | "forbidden" | "gone"} LinkState */

export class LabSocket extends EventTarget {
  /** @type {LinkState} */
  state = "connecting";
  /** The revision of the last map message: what this page has seen of the cluster. */
  revision = 0;

  #url;
  #hello;
  #open;
  #socket = null;
  #attempt = 0;
  #timer = 0;
  #stopped = false;

  /**
   * @param {string} url
   * @param {() => object} hello what the first message says besides the revision (columns, rows, lesson)
   * @param {(url: string) => WebSocket} open how a socket is made; tests give their own
   */
  constructor(url, hello, open = (address) => new WebSocket(address)) {
    super();
    this.#url = url;
    this.#hello = hello;
    this.#open = open;
  }

  connect() {
    clearTimeout(this.#timer);
    if (this.#stopped || this.#socket) return;
    const socket = this.#open(this.#url);
    this.#socket = socket;
    socket.addEventListener("open", () => this.#opened());
    socket.addEventListener("message", (event) => this.#received(event.data));
    socket.addEventListener("close", (event) => this.#closed(event.code));
  }

  close() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  /** Tries again at once instead of at the end of the delay: the network came back, or the tab is looked at. */
  wake() {
    if (this.state === "offline") this.connect();
  }

  /**
   * @param {object} message
   * @returns {boolean} whether it went out
   */
  send(message) {
    if (this.state !== "online") return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Asks for all of the map again, for example after a message that does not fit what the page has. */
  refresh() {
    this.revision = 0;
    this.send({ type: "hello", revision: 0, ...this.#hello() });
  }

  #opened() {
    this.#attempt = 0;
    this.#become("online", () => this.send({ type: "hello", revision: this.revision, ...this.#hello() }));
  }

  #received(text) {
    const message = JSON.parse(text);
    if (message.type === "map" && !this.#isNews(message)) return;
    this.dispatchEvent(new CustomEvent(message.type, { detail: message }));
  }

  /** A map message counts when it is whole, or newer than what the page has: one sent twice changes nothing. */
  #isNews(message) {
    if (!message.full && message.revision <= this.revision) return false;
    this.revision = message.revision;
    return true;
  }

  #closed(code) {
    this.#socket = null;
    if (this.#stopped) return;
    if (FINAL_CODES[code]) {
      this.#stopped = true;
      this.#become(FINAL_CODES[code]);
      return;
    }
    this.#become("offline");
    this.#timer = setTimeout(() => this.connect(), retryDelay(this.#attempt, Math.random()));
    this.#attempt += 1;
  }

  /** @param {LinkState} state @param {() => void} first what is done before anybody hears of it */
  #become(state, first = () => {}) {
    if (this.state === state) return;
    this.state = state;
    first();
    this.dispatchEvent(new CustomEvent("state", { detail: { state } }));
  }
}
