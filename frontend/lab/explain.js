/**
 * Opens the pages that explain the cluster (kubelab/labs/explaining) in the lab's dialog instead of over the lab.
 *
 * Every link with data-explain, wherever it is, leads there; without scripts it is a page like any other.
 */

import htmx from "htmx.org";

export function startExplaining() {
  const dialog = document.getElementById("explained-dialog");
  const body = dialog.querySelector("#explained");
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-explain]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    await htmx.ajax("GET", link.href, { target: body, swap: "innerHTML" });
    if (!dialog.open) dialog.showModal();
    body.scrollTop = 0;
    body.focus({ preventScroll: true });
  });
  dialog.addEventListener("close", () => body.replaceChildren());
}
