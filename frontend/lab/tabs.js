/**
 * On a narrow screen the panes are tabs, one at a time; on a wide one all are there and this does nothing that shows.
 */

/**
 * @param {HTMLElement} lab
 * @returns {{show: (name: "lesson" | "editor" | "terminal" | "map") => void}}
 */
export function startTabs(lab) {
  const list = lab.querySelector(".lab-tabs");
  const tabs = [...list.querySelectorAll("[role=tab]")];
  const show = (name) => {
    for (const tab of tabs) {
      const chosen = tab.id === `tab-${name}`;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
    lab.dataset.tab = name;
  };
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) show(tab.id.slice("tab-".length));
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const index = tabs.indexOf(document.activeElement);
    const next = tabs[(index + step + tabs.length) % tabs.length];
    show(next.id.slice("tab-".length));
    next.focus();
  });
  show(tabs.find((tab) => tab.getAttribute("aria-selected") === "true").id.slice("tab-".length));
  return { show };
}
