/**
 * What a stored object tells of the sagas in it, read from its envelope without its machine: any host can, also one that
 * does not serve the definition. Sagas keep their ledger in the context (`completed`, `uncertain`, `parked`); a machine
 * that does not tells nothing.
 */
import type { Address } from "../core/address.ts";
import type { Creator } from "../core/message.ts";
import type { ParkedStep, StandingStep } from "../core/wire.ts";
import { type Envelope, isRecord, type StoredSnapshot } from "./envelope.ts";

export interface Told {
  /** Done or maybe done, and not undone. */
  readonly standing: readonly StandingStep[];
  /** Of use only where the state is tagged `parked`. */
  readonly parked: readonly ParkedStep[];
  /** Objects that it made by an invocation that still runs. */
  readonly invoked: readonly { readonly invocationId: string; readonly address: Address }[];
  /** Invocations whose end a cancel waits for; undefined where none is under way. */
  readonly cancelAfter: readonly string[] | undefined;
  readonly creator: Creator | undefined;
  readonly value: unknown;
}

/** Never throws: what cannot be read tells nothing. */
export function toldBy(snapshot: string): Told {
  const envelope = readEnvelope(snapshot);
  const root = isRecord(envelope.snapshot) ? (envelope.snapshot as unknown as StoredSnapshot) : undefined;
  const machines = root === undefined ? [] : machinesIn(root, []);
  const saying = machines.filter(({ stored }) => hasParked(stored));
  const invocations = isRecord(envelope.invocations) ? Object.values(envelope.invocations) : [];
  return {
    standing: machines.flatMap(({ at, stored }) => standingIn(stored, at)),
    parked: (saying.length > 0 ? saying : machines.slice(0, 1)).flatMap(({ at, stored }) =>
      parkedEntries(stored).map(({ shown, cause }) => ({ step: nameWithin(at, shown), cause })),
    ),
    invoked: invocations.flatMap(({ id, creates }) =>
      creates === undefined ? [] : { invocationId: id, address: creates },
    ),
    cancelAfter: envelope.cancel?.after,
    creator: envelope.creator,
    value: root?.value ?? null,
  };
}

function readEnvelope(text: string): Partial<Envelope> {
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? (parsed as Partial<Envelope>) : {};
  } catch {
    return {};
  }
}

interface MachineAt {
  readonly at: readonly string[];
  readonly stored: StoredSnapshot;
}

/** The machine and all that run inside of it. */
function machinesIn(stored: StoredSnapshot, at: readonly string[]): MachineAt[] {
  return [{ at, stored }, ...innerMachines(stored).flatMap(([id, inner]) => machinesIn(inner, [...at, id]))];
}

const innerMachines = ({ children }: StoredSnapshot): (readonly [id: string, stored: StoredSnapshot])[] =>
  Object.entries(isRecord(children) ? children : {}).flatMap(([id, child]) =>
    isRecord(child?.snapshot) && child.snapshot.status === "active" && "value" in child.snapshot
      ? [[id, child.snapshot] as const]
      : [],
  );

/** A step that runs as a saga of its own is told by that one. */
function standingIn(stored: StoredSnapshot, at: readonly string[]): StandingStep[] {
  const { context } = stored;
  if (!isRecord(context)) return [];
  const inside = new Set(innerMachines(stored).map(([id]) => stepOfActor(id)));
  const named = (entries: unknown, isCertain: boolean): StandingStep[] =>
    textsOf(entries)
      .filter((entry) => !inside.has(entry))
      .map((entry) => ({ step: nameWithin(at, entry), isCertain }));
  return [...named(context["completed"], true), ...named(context["uncertain"], false)];
}

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];

interface Entry {
  /** As the saga itself names it; undefined where it has no name for it. */
  readonly entry: string | undefined;
  readonly shown: string;
  readonly cause: string;
}

const hasParked = ({ context }: StoredSnapshot): boolean =>
  isRecord(context) && isRecord(context["parked"]) && Object.keys(context["parked"]).length > 0;

/** What a machine in a state tagged `parked` waits for. */
export function parkedEntries({ context, value }: { readonly context?: unknown; readonly value?: unknown }): Entry[] {
  const { parked, failure } = isRecord(context) ? context : {};
  const entries = isRecord(parked) ? Object.entries(parked) : [];
  if (entries.length > 0) return entries.map(([entry, error]) => ({ entry, shown: entry, cause: causeOf(error) }));
  if (isRecord(failure) && typeof failure["step"] === "string") {
    return [{ entry: failure["step"], shown: failure["step"], cause: causeOf(failure["error"]) }];
  }
  const shown = stateIn(value);
  return [{ entry: undefined, shown, cause: `in state '${shown}'` }];
}

const stateIn = (value: unknown): string =>
  typeof value === "string"
    ? value
    : Object.entries(isRecord(value) ? value : {})
        .map(([state, inner]) => [state, stateIn(inner)].filter((part) => part !== "").join("."))
        .join(", ");

function causeOf(error: unknown): string {
  if (isRecord(error) && typeof error["message"] === "string") return error["message"];
  return typeof error === "string" ? error : (JSON.stringify(error) ?? "");
}

const stepOfActor = (id: string): string => (id.startsWith("undo:") ? id.slice("undo:".length) : id);

/** A step of a saga inside of others: `plan/payment`. */
export const nameWithin = (actors: readonly string[], entry: string): string =>
  [...actors.map(stepOfActor), entry].join("/");
