/**
 * The page's colours as plain values, for what does not read CSS: the terminal and the canvases of the map.
 */

/**
 * @param {Element} host where the variables hold
 * @param {string[]} variables names such as "--ok"
 * @returns {Record<string, string>} by name, e.g. "rgb(23, 112, 63)"
 */
export function colours(host, variables) {
  const probe = document.createElement("span");
  probe.hidden = true;
  host.append(probe);
  const found = {};
  for (const variable of variables) {
    probe.style.color = `var(${variable})`; // a custom property alone would give light-dark(…) unresolved
    found[variable] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
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
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => {
    system.removeEventListener("change", changed);
    observer.disconnect();
  };
}
