/** Light, dark, or what the system prefers. Remembered in this browser. */
import { Store } from "./store.ts";

export type Theme = "system" | "light" | "dark";
const KEY = "stator-theme";
const ORDER: readonly Theme[] = ["system", "light", "dark"];

const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
const known = ORDER.find((theme) => theme === window.localStorage.getItem(KEY)) ?? "system";
export const theme = new Store<Theme>(known);

function apply(): void {
  const isDark = theme.value === "dark" || (theme.value === "system" && prefersDark.matches);
  document.documentElement.dataset["theme"] = isDark ? "dark" : "light";
}

export function nextTheme(): void {
  const next = ORDER[(ORDER.indexOf(theme.value) + 1) % ORDER.length] ?? "system";
  window.localStorage.setItem(KEY, next);
  theme.set(next);
}

export function followTheme(): void {
  apply();
  theme.watch(apply);
  prefersDark.addEventListener("change", apply);
}
