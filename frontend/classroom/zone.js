/**
 * A choice of time zones that nobody has made yet (data-local-zone) begins with the browser's own.
 */

for (const select of document.querySelectorAll("select[data-local-zone]")) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const untouched = select.querySelector("option[selected]")?.value === "UTC";
  if (untouched && [...select.options].some((option) => option.value === timeZone)) select.value = timeZone;
}
