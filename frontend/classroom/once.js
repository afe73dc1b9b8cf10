/**
 * Forms that are sent once, and on purpose: data-once. A second click does nothing while the first is on its way, Enter in
 * a field does not send, and whoever has left questions out is asked. The server makes sure of "once", too.
 */

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches?.("[data-once]")) return;
  if (form.dataset.sent || !isMeant(form)) return event.preventDefault();
  form.dataset.sent = "true";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches?.("[data-once] input:not([type=submit])")) event.preventDefault();
});

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent;
});

function isMeant(form) {
  const left = [...form.querySelectorAll("fieldset")].filter(isLeftOut).length;
  if (left === 0) return true;
  return confirm(`${left === 1 ? "One question is" : `${left} questions are`} not answered. Hand in all the same?`);
}

/** Questions without fields are answered elsewhere. */
function isLeftOut(question) {
  const fields = [...question.querySelectorAll("input, select")];
  return fields.length > 0 && !fields.some((field) => (field.matches("[type=radio], [type=checkbox]") ? field.checked : field.value.trim()));
}
