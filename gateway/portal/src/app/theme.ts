/** Light, dark, or as the system says. The choice is kept in this browser. */
export type Theme = "light" | "dark";

const KEY = "andon.theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");

export function currentTheme(): Theme {
  const chosen = window.localStorage.getItem(KEY);
  if (chosen === "light" || chosen === "dark") return chosen;
  return system.matches ? "dark" : "light";
}

export function applyTheme(): void {
  document.documentElement.dataset["theme"] = currentTheme();
  system.addEventListener("change", show);
}

export function chooseTheme(theme: Theme): void {
  window.localStorage.setItem(KEY, theme);
  show();
}

function show(): void {
  document.documentElement.dataset["theme"] = currentTheme();
  window.dispatchEvent(new Event("themechange"));
}
