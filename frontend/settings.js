/**
 * What a browser remembers for its user: sizes of panes, fonts, drafts. Lost without harm; never needed for correctness.
 */

const PREFIX = "kubelab.";

/**
 * @template T
 * @param {string} name
 * @param {T} fallback
 * @returns {T}
 */
export function recall(name, fallback) {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback; // storage switched off, or an older page's format
  }
}

/**
 * @param {string} name
 * @param {unknown} value undefined forgets it
 */
export function remember(name, value) {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Full or switched off: the page works without.
  }
}
