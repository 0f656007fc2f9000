/** Times, numbers and names as sentences say them. */
import type { ErrorShown } from "./api.ts";
import { durationText } from "./chart/names.ts";
import type { Machine } from "./machines.ts";
import { parsed } from "./show.ts";
import { visible } from "./visible.ts";

const STEPS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

/** `14 s`, `38 min`, `6 h`, `3 d`: the largest unit alone. */
export function spanText(ms: number): string {
  for (const [unit, size] of STEPS) if (ms >= size) return `${Math.floor(ms / size)} ${unit}`;
  return "0 s";
}

export const spanBetween = (from: string, to: string): string =>
  spanText(Math.max(0, Date.parse(to) - Date.parse(from)));

/** `2,431` */
export const numberText = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

export const countOf = (count: number, noun: string): string => `${numberText(count)} ${noun}${count === 1 ? "" : "s"}`;

export const listText = (parts: readonly string[]): string =>
  parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;

/** XState's names inside of a timer's, as people call them: `after 15m`, `reminder`, `REMIND later`. */
export function timerLabel(timer: string, machine: Machine | undefined, event?: string): string {
  const sendId = timer.slice(timer.indexOf("#") + 1);
  const known = machine?.model.transitions.find(({ trigger }) => trigger.kind === "after" && trigger.event === sendId);
  if (known !== undefined) return known.trigger.text;
  const [, delay] = /^xstate\.after\.([^.]+)\./.exec(sendId) ?? [];
  if (delay !== undefined) return `after ${/^\d+$/.test(delay) ? durationText(Number(delay)) : delay}`;
  if (event !== undefined) return event;
  if (sendId.startsWith("stator.delayed.")) return "a delayed event";
  return sendId.startsWith("anonymous.") ? "a delayed event" : sendId;
}

/** An `ErrorData`, or whatever else was kept as one. */
export function errorShown(text: string | undefined, isMasked = false): ErrorShown | undefined {
  return text === undefined ? undefined : errorOf(parsed(text), isMasked);
}

/** In place of what may quote a secret. */
export const MASKED_MESSAGE = "the message is masked";

/** The promise actor that a reason for parking names. */
export const actorIn = (reason: string): string | undefined => /^promise actor '(.+?)'/.exec(reason)?.[1];

/** Of a reason for parking, how often it failed and no more. */
export const withoutMessage = (reason: string): string =>
  `${/^.*? failed( \d+ times)?/s.exec(reason)?.[0] ?? "it failed"}: ${MASKED_MESSAGE}`;

const MAX_MESSAGE = 300;

export function errorOf(value: unknown, isMasked = false): ErrorShown {
  const { name, message, code } = (typeof value === "object" && value !== null ? value : {}) as Partial<ErrorShown>;
  const told = visible(
    typeof message === "string" ? message : typeof value === "string" ? value : JSON.stringify(value ?? null),
  );
  return {
    name: typeof name === "string" ? name : "Error",
    message: isMasked ? MASKED_MESSAGE : told.length > MAX_MESSAGE ? `${told.slice(0, MAX_MESSAGE)}…` : told,
    code: typeof code === "string" || typeof code === "number" ? String(code) : undefined,
  };
}

/** `SOLD_OUT: there is no flight to Atlantis` */
export function errorText({ name, message, code }: ErrorShown): string {
  const title = code ?? (name === "Error" ? "" : name);
  return title === "" || message.startsWith(title) ? message : `${title}: ${message}`;
}
