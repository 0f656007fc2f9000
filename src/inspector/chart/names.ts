/** What people call what XState knows by other names: events it makes itself, delays, guards, actions. */
import type { TransitionShape } from "./shape.ts";

export type TriggerKind = "event" | "after" | "always" | "done" | "error" | "snapshot";

/** What a transition waits for. */
export interface ChartTrigger {
  readonly kind: TriggerKind;
  readonly text: string;
  /** XState's own type. */
  readonly event: string;
}

/** What has no name in a machine. The checker complains; names are what people see. */
const INLINE = "(inline)";

export function triggerOf(
  transition: TransitionShape,
  invokes: readonly { readonly id: string; readonly src: string }[],
  delays: Readonly<Record<string, unknown>>,
): ChartTrigger {
  const { eventType: event } = transition;
  const [, made, rest = ""] =
    /^xstate\.(done\.actor|error\.actor|after|done\.state|snapshot)\.(.*)$/s.exec(event) ?? [];
  const [only, ...others] = invokes;
  const whose = only?.id === rest && others.length === 0 ? "" : ` ${srcOf(rest, invokes)}`;
  switch (made) {
    case "done.actor":
      return { kind: "done", text: `done${whose}`, event };
    case "error.actor":
      return { kind: "error", text: `error${whose}`, event };
    case "snapshot":
      return { kind: "snapshot", text: `changed${whose}`, event };
    case "done.state":
      return { kind: "done", text: "done", event };
    case "after": {
      const suffix = `.${transition.source.id}`;
      const delay = rest.endsWith(suffix) ? rest.slice(0, -suffix.length) : rest;
      return { kind: "after", text: `after ${delayName(delay, delays)}`, event };
    }
    default:
      if (event === "") return { kind: "always", text: "always", event };
      return { kind: "event", text: event === "*" ? "any event" : event, event };
  }
}

function srcOf(id: string, invokes: readonly { readonly id: string; readonly src: string }[]): string {
  return invokes.find((invoke) => invoke.id === id)?.src ?? id;
}

/** By its name; a length only where there is no name. */
function delayName(delay: string, delays: Readonly<Record<string, unknown>>): string {
  const ms = Number(delay);
  if (Number.isFinite(ms)) return durationText(ms);
  const known = delays[delay];
  return typeof known === "number" ? `${delay} ${durationText(known)}` : delay;
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
] as const;

/** `1d`, `15m`, `1h 30m`, `1.5s`, `250ms`. */
export function durationText(ms: number): string {
  const parts: string[] = [];
  let left = ms;
  for (const [unit, length] of UNITS) {
    const count = Math.floor(left / length);
    if (count > 0) parts.push(`${count}${unit}`);
    left -= count * length;
  }
  if (left === 0 && parts.length > 0 && parts.length <= 2) return parts.join(" ");
  return ms >= 1_000 && ms % 100 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}

/** Of an action or actor; undefined for what XState put there itself, to run `after` and invokes. */
export function actionName(action: unknown): string | undefined {
  if (typeof action === "string") return action;
  const { type, event, sendId } = (action ?? {}) as { type?: unknown; event?: unknown; sendId?: unknown };
  const sent = (event as { type?: unknown } | undefined)?.type;
  if (typeof type !== "string") return INLINE;
  if (isTimer(sent) || isTimer(sendId)) return undefined;
  if (!type.startsWith("xstate.")) return type;
  const verb = type.slice("xstate.".length);
  return typeof sent === "string" ? `${verb} ${sent}` : `(${verb})`;
}

const isTimer = (name: unknown): boolean => typeof name === "string" && name.startsWith("xstate.after.");

/** `isPaid`, `!isPaid`, `isPaid & isDue`. */
export function guardName(guard: unknown): string {
  if (typeof guard === "string") return guard;
  const { type, guards, name } = (guard ?? {}) as { type?: unknown; guards?: readonly unknown[]; name?: unknown };
  if (typeof type === "string") return type;
  if (!Array.isArray(guards)) return name === "stateIn" ? "stateIn" : INLINE;
  const names = guards.map((inner) => (isCombined(inner) ? `(${guardName(inner)})` : guardName(inner)));
  if (name === "not") return `!${names[0] ?? INLINE}`;
  return names.join(name === "or" ? " | " : " & ");
}

const isCombined = (guard: unknown): boolean =>
  typeof guard === "function" && "guards" in guard && (guard as { guards: readonly unknown[] }).guards.length > 1;

/** Of the logic that an invoke runs. */
export const actorName = (src: unknown): string =>
  typeof src === "string" && !src.startsWith("xstate.invoke.") ? src : INLINE;
