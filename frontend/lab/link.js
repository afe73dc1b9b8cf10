/**
 * Shows whether the page is connected, in words, and what to do when it never will be again.
 */

const WORDS = { connecting: "Connecting", online: "Live", offline: "Offline", expired: "Signed out", forbidden: "Not yours", gone: "Gone" };

const BANNERS = {
  offline: "The connection is lost. Trying again; what you see may be old.",
  expired: "Your session has ended. Load the page again to go on; everything is kept.",
  forbidden: "This cluster belongs to somebody else.",
  gone: "This cluster is no longer there. Load the page again to get a new one.",
};

const NOTICES = { offline: "Reconnecting …", expired: "Signed out", forbidden: "No access", gone: "Gone" };

/**
 * @param {HTMLElement} lab
 * @param {import("../terminal/lab-terminal.js").LabTerminal} terminal
 * @param {import("../lab-socket.js").LinkState} state
 */
export function showLink(lab, terminal, state) {
  const sign = document.getElementById("link-state");
  sign.dataset.state = state;
  sign.querySelector("[data-link-text]").textContent = WORDS[state];
  const banner = lab.querySelector("#lab-banner");
  banner.textContent = BANNERS[state] ?? "";
  banner.hidden = !BANNERS[state];
  terminal.notice(NOTICES[state] ?? "");
}
