/** Keys that work on the page, except where the reader types. */
import { useEffect, useRef } from "preact/hooks";

/** By `event.key`; a handler that answers `false` leaves the key to the browser. */
export type Keys = Readonly<Record<string, (event: KeyboardEvent) => unknown>>;

const stack: { readonly current: Keys }[] = [];

/** The part of the page that came last has the first word. */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    stack.push(latest);
    return () => void stack.splice(stack.indexOf(latest), 1);
  }, []);
}

const TYPING = "input, textarea, select, [contenteditable]";

export function followKeys(): void {
  document.addEventListener("keydown", (event) => {
    const target = event.target instanceof Element ? event.target : undefined;
    const name = event.metaKey || event.ctrlKey ? `mod+${event.key.toLowerCase()}` : event.key;
    if (event.altKey || event.defaultPrevented) return;
    if (target?.closest(TYPING) && !name.startsWith("mod+")) return;
    if (target?.closest("button, a, summary") && (name === " " || name === "Enter")) return;
    if (document.querySelector("dialog[open]") !== null) return;
    for (const { current } of stack.toReversed()) {
      const handle = current[name];
      if (handle === undefined || handle(event) === false) continue;
      event.preventDefault();
      return;
    }
  });
}
