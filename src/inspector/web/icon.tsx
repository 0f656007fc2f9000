/** Signs of 16 × 16, drawn with lines, so that they take the color of the text beside them. */
import type { JSX } from "preact";

const PATHS = {
  plus: "M8 3.5v9M3.5 8h9",
  minus: "M3.5 8h9",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  close: "M4 4l8 8M12 4l-8 8",
  search: "M7 2.8a4.2 4.2 0 1 0 0 8.4 4.2 4.2 0 0 0 0-8.4M10.2 10.2l3.3 3.3",
  copy: "M5.5 5.5V3h7.5v7.5h-2.5M3 5.5h7.5V13H3z",
  check: "M3 8.5l3.2 3.2L13 4.8",
  cross: "M4 4l8 8M12 4l-8 8",
  clock: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5v3.2l2.2 1.4",
  play: "M5 3.2v9.6L12.5 8z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  bolt: "M9 1.8L3.8 9H8l-1 5.2L12.2 7H8z",
  send: "M13.5 2.5l-5 11-1.8-5.2L1.5 6.5z",
  left: "M9.5 3.5L5 8l4.5 4.5",
  right: "M6.5 3.5L11 8l-4.5 4.5",
  down: "M3.5 6L8 10.5 12.5 6",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7",
  moon: "M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z",
  system: "M2 3h12v8H2zM6 13.5h4M8 11v2.5",
  warn: "M8 2.2l6 11H2zM8 6.4v3.2M8 11.6v.1",
  overview: "M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z",
  machine: "M2.5 5h4v3h-4zM9.5 2.5h4v3h-4zM9.5 10.5h4v3h-4zM6.5 6.5H8v-2.500h1.500M8 6.500V12h1.500",
  objects: "M2.5 4h11M2.5 8h11M2.5 12h11",
  sagas: "M3 4.500h8.500M9.500 2.500l2 2-2 2M13 11.500H4.500M6.500 9.500l-2 2 2 2",
  host: "M2.500 3h11v4h-11zM2.500 9h11v4h-11zM5 5h.1M5 11h.1",
  audit: "M4 2.500h8v11H4zM6 5.500h4M6 8h4M6 10.500h2.500",
  retry: "M12.800 8a4.800 4.800 0 1 1-1.500-3.500M12.800 2.500v3H9.800",
  letter: "M2.500 4h11v8h-11zM2.500 4.500L8 9l5.500-4.500",
  stop: "M5.200 2.500h5.600l2.700 2.700v5.600l-2.700 2.700H5.200l-2.700-2.700V5.200zM8 5.200v3.400M8 10.800v.1",
  menu: "M3 4.500h10M3 8h10M3 11.500h10",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon16" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
