/** What needs somebody, or is being tried again, grouped by its cause: a view, nothing that is stored. */
import { createHash } from "node:crypto";
import { formatAddress } from "../core/address.ts";
import { parkedOf } from "../core/parking.ts";
import type { ParkedEffect, RetryingInvocation, Waiting, WaitingObject } from "../ports/views.ts";
import type { Incident } from "./api.ts";
import { stateText } from "./machines.ts";
import { parsed } from "./show.ts";
import { actorIn, errorOf, errorShown, errorText } from "./words.ts";

/** Rows of each kind that are looked at. */
export const MAX_WAITING = 2_000;
const MAX_LISTED = 1_000;

type One = Omit<Incident, "id" | "count" | "objects" | "lastAt"> & { readonly object: string };

/** Whether what a promise actor of a machine failed with may quote a secret. */
export type HidesErrors = (name: string, actor: string) => boolean;

export function incidentsOf(waiting: Waiting, hides: HidesErrors = () => false): readonly Incident[] {
  const all = [
    ...waiting.parked.map((one) => parkedObject(one, hides)),
    ...waiting.outgoing.map(parkedEffect),
    ...waiting.retrying.map((one) => retrying(one, hides)),
  ];
  const groups = new Map<string, One[]>();
  for (const one of all) {
    const key = JSON.stringify([one.kind, one.name, one.version, one.cause, withoutNumbers(one.error), one.state]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups].map(([key, ones]) => grouped(key, ones)).sort(worstFirst);
}

/** Ids and amounts differ from one object to the next where the cause is one. */
const withoutNumbers = (text: string): string => text.replace(/\d+/g, "#");

function grouped(key: string, ones: readonly One[]): Incident {
  const [{ object: _, ...first }] = ones as [One, ...One[]];
  const since = ones.map((one) => one.since).filter((date) => date !== undefined);
  const next = ones.map((one) => one.nextAt).filter((date) => date !== undefined);
  return {
    ...first,
    id: createHash("sha256").update(key).digest("hex").slice(0, 12),
    count: ones.length,
    since: since.sort()[0],
    lastAt: since.at(-1),
    nextAt: next.sort()[0],
    objects: [...new Set(ones.slice(0, MAX_LISTED).map(({ object }) => object))],
  };
}

const RANK = { parked: 0, outgoing: 1, retrying: 2 } as const;
const worstFirst = (a: Incident, b: Incident): number => RANK[a.kind] - RANK[b.kind] || b.count - a.count;

function parkedObject({ address, version, value, since, parked, failure }: WaitingObject, hides: HidesErrors): One {
  const isHidden = (actor: string): boolean => hides(address.name, actor);
  const place = { kind: "parked", name: address.name, version, state: stateText(value), nextAt: undefined } as const;
  const object = formatAddress(address);
  if (parked === undefined) return { ...place, object, since, ...sagaCause(failure, isHidden) };
  const { reason, since: parkedSince, kind, event } = parkedOf(parked);
  const rest = { since: parkedSince === "" ? since : parkedSince, object };
  if (kind === "invocation") {
    const actor = actorIn(reason) ?? "a promise actor";
    return { ...place, ...rest, cause: actor, error: errorText(errorOf(event ?? reason, isHidden(actor))) };
  }
  const { type } = (event ?? {}) as { readonly type?: unknown };
  const cause = typeof type === "string" ? type : (kind ?? "the object itself");
  return { ...place, ...rest, cause, error: reason.replace(/^.*? failed \d+ times: /s, "") };
}

/** A saga parks itself: compensations by entry, or the step that failed after the pivot. */
function sagaCause(text: string | undefined, isHidden: (step: string) => boolean): Pick<One, "cause" | "error"> {
  const { failure, parked } = (parsed(text ?? "{}") ?? {}) as {
    readonly failure?: { readonly step?: unknown; readonly error?: unknown } | null;
    readonly parked?: Readonly<Record<string, unknown>> | null;
  };
  const [entry] = Object.entries(parked ?? {});
  if (entry !== undefined)
    return { cause: `undo of ${entry[0]}`, error: errorText(errorOf(entry[1], isHidden(entry[0]))) };
  if (typeof failure?.step === "string") {
    return { cause: failure.step, error: errorText(errorOf(failure.error, isHidden(failure.step))) };
  }
  return { cause: "its state", error: "the machine waits for an operator" };
}

function parkedEffect({ address, kind, target, parked }: ParkedEffect): One {
  const { reason, since } = parkedOf(parked);
  return {
    kind: "outgoing",
    name: address.name,
    version: undefined,
    cause: kind === "action" ? `action ${target}` : `${kind} to ${target.split("/")[0]}`,
    error: reason.replace(/^.*? failed \d+ times: /s, ""),
    state: undefined,
    since: since === "" ? undefined : since,
    nextAt: undefined,
    object: formatAddress(address),
  };
}

function retrying({ address, version, value, actor, nextAt, lastError }: RetryingInvocation, hides: HidesErrors): One {
  const error = errorShown(lastError, hides(address.name, actor));
  return {
    kind: "retrying",
    name: address.name,
    version,
    cause: actor,
    error: error === undefined ? "" : errorText(error),
    state: stateText(value),
    since: undefined,
    nextAt,
    object: formatAddress(address),
  };
}
