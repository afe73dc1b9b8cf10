/**
 * Buttons that copy what stands elsewhere on the page: data-copy-text is the selector of it.
 */

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy-text]");
  const source = button && document.querySelector(button.dataset.copyText);
  if (!source) return;
  const before = [...button.childNodes];
  const copied = await navigator.clipboard?.writeText(source.textContent.trim()).then(() => true, () => false);
  if (!copied) return select(source);
  button.replaceChildren("Copied");
  setTimeout(() => button.replaceChildren(...before), 1600);
});

/** Where the browser does not let a page copy: what is to be copied is marked, for Ctrl + C. */
function select(source) {
  getSelection().selectAllChildren(source);
}
