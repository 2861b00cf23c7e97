/** Light or dark: as the system says until somebody chooses. */
const KEY = "qvdc.theme";
const CLASS = "pf-v6-theme-dark";
const system = window.matchMedia("(prefers-color-scheme: dark)");

export function isDark(): boolean {
  const chosen = localStorage.getItem(KEY);
  return chosen ? chosen === "dark" : system.matches;
}

export function applyTheme(): void {
  document.documentElement.classList.toggle(CLASS, isDark());
}

export function chooseTheme(dark: boolean): void {
  localStorage.setItem(KEY, dark ? "dark" : "light");
  applyTheme();
}

system.addEventListener("change", applyTheme);
