/**
 * The switch in the page's head: as the system says, dark, light. Without scripts it is a form that does the same
 * (kubelab/appearance.py); here it changes the page at hand, so that a lab goes on undisturbed.
 */

const NEXT = { system: "dark", dark: "light", light: "system" };
const KEPT_SECONDS = 400 * 24 * 3600;

document.querySelector("[data-theme-switch]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const root = document.documentElement;
  const theme = NEXT[root.dataset.theme ?? "system"] ?? "dark";
  root.dataset.theme = theme;
  document.cookie = `theme=${theme}; path=/; max-age=${KEPT_SECONDS}; samesite=lax`;
  const button = event.target.querySelector("button");
  button.title = button.ariaLabel = `Theme: ${theme}. Switch to ${NEXT[theme]}`;
});
