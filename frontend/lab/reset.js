/**
 * Starting over, after a question: the cluster and the home go back to how they were.
 */

/**
 * @param {import("../lab-socket.js").LabSocket} socket
 * @param {{editor: any, terminal: any, tabs: any}} parts
 */
export function startReset(socket, { editor, terminal, tabs }) {
  const dialog = document.getElementById("reset-dialog");
  document.querySelector("[data-reset]").addEventListener("click", () => {
    dialog.returnValue = "cancel";
    dialog.showModal();
  });
  // A form that is sent makes the new cluster with the page's next load; what was typed for the old one goes now.
  dialog.querySelector("form[method=post]")?.addEventListener("submit", (event) => {
    if (event.submitter?.formMethod === "post") editor.forget();
  });
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "reset" || !socket.send({ type: "reset" })) return;
    editor.forget();
    terminal.clear();
    tabs.show("terminal");
    socket.refresh();
    editor.askForFiles();
  });
}
