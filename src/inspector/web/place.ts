/** Where the reader is: every list, filter, tab, turn and dialog is in the address, so a link shows the same again. */
import { Store, useStore } from "./store.ts";

export const BASE = "/inspector/";

export interface Place {
  /** Decoded: `["objects", "trip", "order-123"]`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

const read = (): Place => {
  const { pathname, search } = window.location;
  const path = pathname.slice(BASE.length).split("/").filter(Boolean).map(decoded);
  return { path, query: new URLSearchParams(search) };
};

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // typed by hand
  }
}

const here = new Store<Place>(read());
window.addEventListener("popstate", () => here.set(read()));

export const usePlace = (): Place => useStore(here);
export const place = (): Place => here.value;

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The address of a page; parts without a value are left out. */
export function addressOf(path: readonly string[], query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "" && value !== false) search.set(name, String(value));
  }
  const text = search.toString();
  return `${BASE}${path.map(encodeURIComponent).join("/")}${text === "" ? "" : `?${text}`}`;
}

export const objectAddress = (name: string, key: string, query: Query = {}): string =>
  addressOf(["objects", name, key], query);

export function go(address: string, how: "push" | "replace" = "push"): void {
  if (address === window.location.pathname + window.location.search) return;
  if (how === "push") window.history.pushState(null, "", address);
  else window.history.replaceState(window.history.state, "", address);
  here.set(read());
}

/** Changes parts of the query and keeps the rest; `undefined` removes. */
export function turnTo(changes: Query, how: "push" | "replace" = "push"): void {
  const { path, query } = here.value;
  go(addressOf(path, { ...Object.fromEntries(query), ...changes }), how);
}

/** A dialog or drawer: back closes it. */
export function open(changes: Query): void {
  const { path, query } = here.value;
  const address = addressOf(path, { ...Object.fromEntries(query), ...changes });
  window.history.pushState(OVER, "", address);
  here.set(read());
}
const OVER = "over";

/** As back does, where it was opened here; an address that began with it open has nothing before it. */
export function close(changes: Query): void {
  if (window.history.state === OVER) window.history.back();
  else turnTo(changes, "replace");
}

/** Links stay within the page. */
export function followLinks(): void {
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest?.("a[href]");
    if (!(link instanceof HTMLAnchorElement) || link.target !== "" || link.hasAttribute("download")) return;
    if (link.origin !== window.location.origin || !link.pathname.startsWith(BASE)) return;
    if (link.pathname.startsWith(`${BASE}api/`)) return;
    event.preventDefault();
    go(link.pathname + link.search);
    if (!link.hasAttribute("data-keep-scroll")) document.querySelector("main")?.scrollTo(0, 0);
  });
}
