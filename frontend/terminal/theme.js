/**
 * The terminal's colours, read from the page's own variables (--term-…), so that light and dark follow the site.
 */

const NAMES = {
  background: "bg", foreground: "fg", cursor: "cursor", cursorAccent: "bg", selectionBackground: "selection",
  black: "black", red: "red", green: "green", yellow: "yellow", blue: "blue", magenta: "magenta", cyan: "cyan", white: "white",
  brightBlack: "bright-black", brightRed: "red", brightGreen: "green", brightYellow: "yellow", brightBlue: "blue",
  brightMagenta: "magenta", brightCyan: "cyan", brightWhite: "bright-white",
};

/**
 * @param {Element} host an element of the page whose style counts
 * @returns {import("@xterm/xterm").ITheme}
 */
export function themeOf(host) {
  const style = getComputedStyle(host);
  return Object.fromEntries(
    Object.entries(NAMES).map(([name, variable]) => [name, style.getPropertyValue(`--term-${variable}`).trim()]),
  );
}

/**
 * Calls back whenever the page turns light or dark: by the system, or by the page's own switch (data-theme on <html>).
 *
 * @param {() => void} changed
 * @returns {() => void} stops it
 */
export function onThemeChange(changed) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const observer = new MutationObserver(changed);
  system.addEventListener("change", changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "class"] });
  return () => {
    system.removeEventListener("change", changed);
    observer.disconnect();
  };
}
