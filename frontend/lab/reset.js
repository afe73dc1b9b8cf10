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
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "reset" || !socket.send({ type: "reset" })) return;
    editor.forget();
    terminal.clear();
    tabs.show("terminal");
    socket.refresh();
    editor.askForFiles();
  });
}
