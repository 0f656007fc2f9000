/**
 * Questions to the host that served this page. A failure says what failed; the last good answer is kept with its age, so
 * a page greys what is old and never goes blank.
 */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { heard } from "./clock.ts";
import { BASE } from "./place.ts";
import { Store } from "./store.ts";

/** An answer that is an error, or none at all (`UNREACHABLE`). */
export class Refused extends Error {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** When it was first answered so, by the browser's own clock, and at each try since. */
  since = Date.now();

  /** The same question may be answered later. */
  get isPassing(): boolean {
    return ["UNREACHABLE", "UNAVAILABLE", "OVERLOADED", "OUTCOME_UNKNOWN"].includes(this.code);
  }

  constructor(code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = "Refused";
    this.code = code;
    this.details = details;
  }
}

/** The host asks for its token, and there is no session, or no longer. */
export const needsToken = new Store(false);

/** Exchanges the token for a cookie that no script can read; throws where it is another. */
export async function giveToken(text: string): Promise<void> {
  const response = await fetch(`${BASE}session`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token: text }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw refusedBy(response, parsed(await response.text()));
  needsToken.set(false);
  askAgain();
}

const TIMEOUT_MS = 15_000;

export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return exchange<T>(path, { signal: within(signal) });
}

export function post<T>(path: string, body: object, signal?: AbortSignal): Promise<T> {
  return exchange<T>(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal: within(signal),
  });
}

const within = (signal: AbortSignal | undefined): AbortSignal =>
  signal === undefined ? AbortSignal.timeout(TIMEOUT_MS) : AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);

async function exchange<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${BASE}api/${path}`, { ...init, cache: "no-store" });
    text = await response.text();
  } catch (cause) {
    if (init.signal?.aborted && (cause as Error).name === "AbortError") throw cause;
    throw new Refused("UNREACHABLE", "The host that serves this page does not answer.");
  }
  const body = parsed(text);
  if (response.ok && body !== undefined) {
    heard((body as { at?: string }).at);
    return body as T;
  }
  if (response.status === 401) needsToken.set(true);
  throw refusedBy(response, body);
}

function refusedBy({ status }: Response, body: unknown): Refused {
  const { code, message, details } = (body as { error?: Partial<Refused> } | undefined)?.error ?? {};
  return new Refused(code ?? "UNAVAILABLE", message ?? `The host answered ${status}.`, details);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // of a proxy, or cut off
  }
}

export interface Answer<T> {
  readonly data: T | undefined;
  /** Why the last question failed; `data` is of before. */
  readonly error: Refused | undefined;
  /** When `data` came, by the browser's own clock. */
  readonly at: number | undefined;
  readonly reload: () => void;
}

const AGAIN_MS = 2_000;
/** An answer that another part of the page has just got will do. Longer, and it may be of before the last change. */
const FRESH_MS = 200;
const MAX_KNOWN = 60;
const known = new Map<string, { readonly data: unknown; readonly at: number }>();

function keep(path: string, data: unknown): void {
  known.delete(path);
  known.set(path, { data, at: Date.now() });
  const [oldest] = known.keys();
  if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
}

/** All questions on the page, asked again after the host was away. */
const open = new Set<() => void>();
export function askAgain(): void {
  for (const reload of [...open]) reload();
}

interface Trouble {
  readonly since: number;
  readonly isPassing: boolean;
  readonly asking: Set<Asking>;
}

/** What fails now, by what is said of it: for as long as a part of the page that stays on asks for it. */
const troubles = new Map<string, Trouble>();

/** How old the oldest is of what is shown and cannot be asked for anew now; undefined where all is answered. */
export const behindSince = new Store<number | undefined>(undefined);

function tellTroubles(): void {
  const passing = [...troubles.values()].filter(({ isPassing }) => isPassing);
  const shown = passing.flatMap(({ since, asking }) => [...asking].map(({ path }) => known.get(path)?.at ?? since));
  behindSince.set(shown.length === 0 ? undefined : Math.min(...shown));
}

function troubled(asking: Asking, error: Refused): void {
  const { message, isPassing, since } = error;
  const before = troubles.get(message);
  const trouble = before ?? { since, isPassing, asking: new Set() };
  untroubled(asking, message);
  troubles.set(message, trouble);
  trouble.asking.add(asking);
  error.since = trouble.since;
  tellTroubles();
  // the other parts of the page may have no answer either, and should say so no later
  if (before === undefined && isPassing) askAgain();
}

/** It has its answer, or nobody waits for it any more. */
function untroubled(asking: Asking, but?: string): void {
  for (const [message, trouble] of troubles) {
    if (message === but || !trouble.asking.delete(asking)) continue;
    if (trouble.asking.size === 0) troubles.delete(message);
  }
  tellTroubles();
}

/** Who shows the answer to a path: each answer reaches all of them, so two places never say two numbers. */
const shown = new Map<
  string,
  Set<(next: { readonly data: never; readonly at: number; readonly error: undefined }) => void>
>();

function deliver(path: string, data: never): void {
  keep(path, data);
  for (const settle of shown.get(path) ?? []) settle({ data, at: Date.now(), error: undefined });
}

/** What only frames a page waits until the page has its own answer, but not for long. */
export const hasAnswer = new Store(false);
window.setTimeout(() => hasAnswer.set(true), TIMEOUT_MS / 10);

const asked = new Map<string, Promise<never>>();

/** A question that is on its way is not asked twice, unless something has changed since. */
function once(path: string, isChanged: boolean): Promise<never> {
  const known = asked.get(path);
  if (known !== undefined && !isChanged) return known;
  const answer = get<never>(path).finally(() => {
    if (asked.get(path) === answer) asked.delete(path);
  });
  asked.set(path, answer);
  return answer;
}

interface State<T> {
  readonly path: string | undefined;
  readonly data?: T;
  readonly at?: number;
  readonly error?: Refused;
}

const first = <T>(path: string | undefined): State<T> => {
  const kept = path === undefined ? undefined : known.get(path);
  return kept === undefined ? { path } : { path, data: kept.data as T, at: kept.at };
};

/** `everyMs`: asks again by itself. What was known of the same path is shown at once. */
export function useAnswer<T>(path: string | undefined, everyMs?: number): Answer<T> {
  const [state, setState] = useState<State<T>>(() => first(path));
  const asking = useRef<Asking | undefined>(undefined);
  const reload = useCallback(() => asking.current?.again(), []);
  useEffect(() => {
    if (path === undefined) return;
    const settle = (next: Partial<State<T>>): void => {
      setState((before) => (before.path === path ? { ...before, ...next } : { ...first<T>(path), ...next }));
    };
    const one = new Asking(path, everyMs, settle);
    const settles = shown.get(path) ?? new Set();
    const isShown = settles.size > 0 && Date.now() - (known.get(path)?.at ?? 0) < FRESH_MS;
    shown.set(path, settles.add(settle));
    asking.current = one;
    open.add(reload);
    if (isShown && behindSince.value === undefined) one.later();
    else one.now();
    return () => {
      one.stop();
      open.delete(reload);
      settles.delete(settle);
      if (settles.size === 0) shown.delete(path);
    };
  }, [path, everyMs]);
  const { data, error, at } = state.path === path ? state : first<T>(path);
  return { data, error, at, reload };
}

/** One question, asked again when it fails, when time has passed, or when told; never twice at once. */
class Asking {
  readonly path: string;
  readonly #everyMs: number | undefined;
  readonly #settle: (next: { data?: never; at?: number; error?: Refused | undefined }) => void;
  readonly #stopped = new AbortController();
  #timer: number | undefined;
  #isAsking = false;
  #isWanted = false;

  constructor(path: string, everyMs: number | undefined, settle: (next: object) => void) {
    this.path = path;
    this.#everyMs = everyMs;
    this.#settle = settle;
  }

  now(): void {
    if (!this.#isAsking) void this.#ask(false);
  }

  /** Another part of the page has the answer, and gets it anew for both. */
  later(): void {
    if (this.#everyMs !== undefined) this.#timer = window.setTimeout(() => this.#whenSeen(), this.#everyMs);
  }

  /** What is on its way may be older than what the caller has heard of. */
  again(): void {
    if (this.#isAsking) this.#isWanted = true;
    else void this.#ask(true);
  }

  stop(): void {
    this.#stopped.abort();
    untroubled(this);
    window.clearTimeout(this.#timer);
  }

  /** A page that nobody sees asks nothing. */
  #whenSeen(): void {
    if (!document.hidden) return this.now();
    document.addEventListener("visibilitychange", () => this.#whenSeen(), { once: true, signal: this.#stopped.signal });
  }

  async #ask(isChanged: boolean): Promise<void> {
    this.#isAsking = true;
    window.clearTimeout(this.#timer);
    let next = this.#everyMs;
    try {
      deliver(this.path, await once(this.path, isChanged));
      untroubled(this);
    } catch (cause) {
      if (this.#stopped.signal.aborted) return;
      const error = cause instanceof Refused ? cause : new Refused("FAILED", String(cause));
      troubled(this, error);
      this.#settle({ error });
      if (error.isPassing) next = AGAIN_MS;
    } finally {
      this.#isAsking = false;
      hasAnswer.set(true);
    }
    if (this.#stopped.signal.aborted) return;
    if (this.#isWanted) {
      this.#isWanted = false;
      this.again();
    } else if (next !== undefined) this.#timer = window.setTimeout(() => this.#whenSeen(), next);
  }
}
