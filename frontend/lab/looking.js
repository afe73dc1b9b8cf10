/**
 * Looking at another's lab: the page only hears. And, on the owner's page, the sign that somebody looks.
 */

/**
 * @param {import("../lab-socket.js").LabSocket} socket
 * @param {{lab: HTMLElement, editor: any, terminal: any}} parts
 */
export function startLooking(socket, { editor, terminal }) {
  editor.onlyShow();
  terminal.onlyShow();
  editor.addEventListener("open-file", ({ detail }) => socket.send({ type: "open", path: detail.path }));
  socket.addEventListener("files", ({ detail }) => {
    for (const path of detail.paths) socket.send({ type: "open", path });
  });
  socket.addEventListener("size", ({ detail }) => terminal.measure(detail));
}

/** @param {string} names who looks; "" for nobody */
export function showLookers(names) {
  const sign = document.getElementById("lab-looked");
  sign.hidden = !names;
  sign.textContent = names ? `${names} is looking` : "";
  sign.title = names ? `${names} sees your terminal, the cluster and your files, and cannot change anything.` : "";
}
