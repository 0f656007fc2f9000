/**
 * What changes, as it happens: one stream of server-sent events for what the page shows, resumed where it broke. Read
 * with `fetch`, because an `EventSource` does not tell why it was refused.
 */
import { useEffect, useRef } from "preact/hooks";
import type { LiveEvent } from "../api.ts";
import { askAgain } from "./ask.ts";
import { BASE } from "./place.ts";
import { Store } from "./store.ts";

export type LiveState = "connecting" | "live" | "reconnecting" | "paused";

export interface LiveNews {
  readonly state: LiveState;
  /** When the stream was last heard, by the browser's clock. */
  readonly heardAt: number;
}

export const live = new Store<LiveNews>({ state: "connecting", heardAt: Date.now() });

export type Changed = Extract<LiveEvent, { kind: "changed" }>;
const readers = new Set<(event: LiveEvent) => void>();

const AGAIN_MS = 1_000;
/** The host sends a sign of life more often than this. */
const SILENCE_MS = 30_000;

let filter = "";
let lastId = "";
let running: AbortController | undefined;

/** `name=trip` or `object=trip%2Forder-1`, or nothing. A change of it opens another stream. */
export function watchLive(next: string): void {
  if (next === filter && running !== undefined) return;
  filter = next;
  lastId = "";
  if (live.value.state !== "paused" && !document.hidden) start();
}

export function pauseLive(isPaused: boolean): void {
  running?.abort();
  running = undefined;
  if (isPaused) live.set({ ...live.value, state: "paused" });
  else {
    start();
    askAgain();
  }
}

function start(): void {
  running?.abort();
  running = new AbortController();
  void listen(running.signal);
}

/** A browser opens six connections to a host: tabs in the background leave theirs to the one that is looked at. */
const HIDDEN_MS = 10_000;
let hiding: number | undefined;
document.addEventListener("visibilitychange", () => {
  window.clearTimeout(hiding);
  if (live.value.state === "paused") return;
  if (document.hidden) {
    hiding = window.setTimeout(() => {
      running?.abort();
      running = undefined;
    }, HIDDEN_MS);
  } else if (running === undefined) {
    start();
    askAgain();
  }
});

async function listen(stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    try {
      await once(stopped);
    } catch (cause) {
      if (stopped.aborted) return;
      if (!(cause instanceof Error)) throw cause;
    }
    if (stopped.aborted) return;
    live.set({ ...live.value, state: "reconnecting" });
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** One connection, until it ends. */
async function once(stopped: AbortSignal): Promise<void> {
  const silence = new AbortController();
  const signal = AbortSignal.any([stopped, silence.signal]);
  let timer = window.setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const response = await fetch(`${BASE}api/live${filter === "" ? "" : `?${filter}`}`, {
      headers: { Accept: "text/event-stream", ...(lastId === "" ? {} : { "Last-Event-ID": lastId }) },
      cache: "no-store",
      signal,
    });
    if (!response.ok || response.body === null) throw new Error(`the host answered ${response.status}`);
    const wasAway = live.value.state === "reconnecting";
    live.set({ state: "live", heardAt: Date.now() });
    if (wasAway) askAgain();
    let rest = "";
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      window.clearTimeout(timer);
      timer = window.setTimeout(() => silence.abort(), SILENCE_MS);
      live.set({ state: "live", heardAt: Date.now() });
      const blocks = (rest + value.replaceAll("\r\n", "\n")).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) take(block);
    }
  } finally {
    window.clearTimeout(timer);
  }
}

function take(block: string): void {
  const fields = block.split("\n").map((line) => /^(\w+): ?(.*)$/.exec(line));
  const all = (name: string): string[] => fields.flatMap((found) => (found?.[1] === name ? [found[2] ?? ""] : []));
  lastId = all("id").at(-1) ?? lastId;
  const data = all("data").join("\n");
  if (data === "") return;
  const event = JSON.parse(data) as LiveEvent;
  for (const reader of [...readers]) reader(event);
}

/** For what is cheap to ask. */
const PAINT_MS = 200;
/** For what looks at everything. */
export const SLOW_MS = 1_000;

/** Calls with what was heard meanwhile, at most once in `everyMs`. */
export function useChanges(
  matches: (event: LiveEvent) => boolean,
  react: (events: readonly LiveEvent[]) => void,
  everyMs = PAINT_MS,
): void {
  const latest = useRef({ matches, react });
  latest.current = { matches, react };
  useEffect(() => {
    let heard: LiveEvent[] = [];
    let timer: number | undefined;
    let lastAt = Number.NEGATIVE_INFINITY;
    const flush = (): void => {
      timer = undefined;
      lastAt = performance.now();
      const events = heard;
      heard = [];
      latest.current.react(events);
    };
    const reader = (event: LiveEvent): void => {
      if (!latest.current.matches(event)) return;
      heard.push(event);
      timer ??= window.setTimeout(flush, Math.max(PAINT_MS / 2, lastAt + everyMs - performance.now()));
    };
    readers.add(reader);
    return () => {
      readers.delete(reader);
      window.clearTimeout(timer);
    };
  }, []);
}

export const ofMachine =
  (name: string | undefined) =>
  (event: LiveEvent): boolean =>
    event.kind === "resync" || name === undefined || name === "" || event.names.includes(name);

export const ofObject =
  (name: string, key: string) =>
  (event: LiveEvent): boolean =>
    event.kind === "resync" ||
    (event.isCut && event.names.includes(name)) ||
    event.objects.some((object) => object.name === name && object.key === key);
