/**
 * Keys that the terminal leaves to the browser or takes for copy, paste and search. All others go to the shell.
 *
 * Shift-Tab leaves the terminal (WCAG 2.1.2: no keyboard trap); Tab alone is the shell's completion.
 */

/**
 * @param {import("@xterm/xterm").Terminal} terminal
 * @param {() => void} search opens the search field
 * @returns {(event: KeyboardEvent) => boolean} false: xterm keeps its hands off
 */
export function keyFilter(terminal, search) {
  return (event) => {
    if (event.key === "Tab" && event.shiftKey) return false;
    if (event.type !== "keydown" || event.altKey || !(event.ctrlKey || event.metaKey)) return true;
    const key = event.key.toLowerCase();
    if (key === "v") return false; // the browser pastes, xterm hears its paste event
    if (key === "c" && (event.shiftKey || terminal.hasSelection())) return !copy(terminal, event);
    if (key === "f" && event.shiftKey) {
      event.preventDefault();
      search();
      return false;
    }
    return true;
  };
}

function copy(terminal, event) {
  if (!terminal.hasSelection()) return event.shiftKey;
  event.preventDefault();
  navigator.clipboard?.writeText(terminal.getSelection());
  terminal.clearSelection();
  return true;
}
