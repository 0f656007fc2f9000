/**
 * A definition as the inspector knows it: plain data, so that it crosses processes. `stator dev` gets it from the host
 * that it started, and anew whenever that host was started with other files.
 */
import { z } from "zod";
import type { ObjectDefinition } from "../core/define.ts";
import { assertDelay, parseDelay } from "../core/duration.ts";
import { StatorError } from "../core/errors.ts";
import type { MachineSchemas } from "../core/machine.ts";
import type { EventSchema } from "./api.ts";
import { type ChartModel, type ChartTransition, chartHash, chartOf } from "./chart/index.ts";
import { rootOf } from "./chart/shape.ts";
import { type FieldPath, sensitiveIn } from "./sensitive.ts";

export interface SagaStep {
  readonly step: string;
  readonly canBeUndone: boolean;
  readonly isPivot: boolean;
}

export interface MachineDescription {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly model: ChartModel;
  readonly events: readonly EventSchema[];
  readonly input: object | undefined;
  readonly context: object | undefined;
  readonly sensitive: {
    readonly context: readonly FieldPath[];
    readonly input: readonly FieldPath[];
    readonly output: readonly FieldPath[];
    readonly events: Readonly<Record<string, readonly FieldPath[]>>;
    /** By the name of the promise actor. */
    readonly actorInput: Readonly<Record<string, readonly FieldPath[]>>;
    readonly actorOutput: Readonly<Record<string, readonly FieldPath[]>>;
  };
  readonly maxAttempts: Readonly<Record<string, number>>;
  /** What a state says of an object in it, by state id: the verdict's first sentence. */
  readonly say: Readonly<Record<string, string>>;
  /** How long an object may be in a state before it counts as stuck, by state id. */
  readonly maxDwellMs: Readonly<Record<string, number>>;
  /** In the order of the chart; undefined where the machine is no saga. */
  readonly saga: readonly SagaStep[] | undefined;
  /** An event type by which the machine takes an operator's cancel. */
  readonly takesCancel: boolean;
}

export function describe(definition: ObjectDefinition): MachineDescription {
  const { name, version, machine } = definition;
  const model = chartOf(machine);
  const schemas = (machine.schemas ?? {}) as Partial<MachineSchemas>;
  const actors = [...definition.actors];
  const events = [
    ...[...definition.events].map(([type, schema]) => eventOf(type, schema, false, model)),
    ...[...definition.internal].map(([type, schema]) => eventOf(type, schema, true, model)),
  ];
  return {
    name,
    version,
    hash: chartHash(model),
    model,
    events,
    input: definition.input && jsonSchema(definition.input, "input"),
    context: schemas.context && jsonSchema(schemas.context, "output"),
    sensitive: {
      context: sensitiveIn(schemas.context),
      input: sensitiveIn(definition.input),
      output: sensitiveIn(schemas.output),
      events: Object.fromEntries(
        [...definition.events, ...definition.internal].map(([type, schema]) => [type, sensitiveIn(schema)]),
      ),
      actorInput: Object.fromEntries(actors.map(([actor, { input }]) => [actor, sensitiveIn(input)])),
      actorOutput: Object.fromEntries(actors.map(([actor, { output }]) => [actor, sensitiveIn(output)])),
    },
    maxAttempts: Object.fromEntries(
      actors
        .map(([actor, { retry }]) => [actor, retry.maxAttempts] as const)
        .filter(([, most]) => Number.isFinite(most)),
    ),
    say: metaOf(machine, ({ meta }) => (typeof meta?.say === "string" ? meta.say : undefined)),
    maxDwellMs: metaOf(machine, dwellOf),
    saga: stepsOf(model),
    takesCancel: definition.events.has("CANCEL"),
  };
}

function eventOf(type: string, schema: z.ZodType, isInternal: boolean, { transitions }: ChartModel): EventSchema {
  const acceptedIn = transitions.filter((transition) => takes(transition, type)).map(({ source }) => source);
  return { type, schema: jsonSchema(schema, "input"), isInternal, acceptedIn: [...new Set(acceptedIn)] };
}

/** XState's rule: `*` is any event, `order.*` is `order` and what follows after a dot. */
export function takes({ trigger }: ChartTransition, type: string): boolean {
  if (trigger.kind !== "event") return false;
  if (trigger.event === type || trigger.event === "*") return true;
  return trigger.event.endsWith(".*") && `${type}.`.startsWith(trigger.event.slice(0, -1));
}

/** What JSON Schema cannot say becomes any value: this is for forms, the host checks with the schema itself. */
function jsonSchema(schema: z.ZodType, io: "input" | "output"): object {
  try {
    return z.toJSONSchema(schema, { io, unrepresentable: "any" });
  } catch {
    return {};
  }
}

interface Told {
  readonly id: string;
  readonly meta?: { readonly say?: unknown; readonly maxDwell?: unknown };
  readonly states: Readonly<Record<string, Told>>;
}

/** By state id: what `meta` says there. */
function metaOf<T>(
  machine: ObjectDefinition["machine"],
  read: (node: Told) => T | undefined,
): Readonly<Record<string, T>> {
  const told: Record<string, T> = {};
  const visit = (node: Told): void => {
    const value = read(node);
    if (value !== undefined) told[node.id] = value;
    Object.values(node.states).forEach(visit);
  };
  visit(rootOf(machine) as Told);
  return told;
}

/** `2h`, or milliseconds. */
function dwellOf({ id, meta }: Told): number | undefined {
  const given = meta?.maxDwell;
  if (given === undefined) return undefined;
  try {
    return typeof given === "string" ? parseDelay(given, 0) : assertDelay(given);
  } catch (cause) {
    throw new StatorError("INVALID_REQUEST", `meta.maxDwell of state '${id}' is no duration`, { cause });
  }
}

/** The steps are what compensations undo, and what runs under the tag `forward`. */
function stepsOf({ states }: ChartModel): readonly SagaStep[] | undefined {
  const undone = new Set(states.map(({ undoes }) => undoes).filter((step) => step !== undefined));
  if (undone.size === 0) return undefined;
  const steps = new Map<string, SagaStep>();
  for (const state of states) {
    if (state.isCompensation) continue;
    const isPivot = lineOf(state.id, states).some(({ tags }) => tags.includes("pivot"));
    for (const { src } of state.invokes) {
      const step = src.replace(/^confirm:/, "");
      steps.set(src, { step: src, canBeUndone: undone.has(src) || undone.has(step), isPivot });
    }
  }
  return [...steps.values()];
}

function lineOf(id: string, states: ChartModel["states"]): readonly ChartModel["states"][number][] {
  const state = states.find((each) => each.id === id);
  if (state === undefined) return [];
  return state.parent === undefined ? [state] : [state, ...lineOf(state.parent, states)];
}
