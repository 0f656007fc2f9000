/**
 * What is hosted: a machine under a name, with the code of its promise actors and named actions.
 *
 * `defineObject` finds every mistake that can be seen without running XState and reports them all at once. What needs
 * XState's internals (kinds of logic, transitions, entry actions) is the definition lint of the engine.
 */
import type { AnyStateMachine } from "xstate";
import { z } from "zod";
import type { PromiseActorOptions, Run } from "./actor.ts";
import { isObjectName, quote } from "./address.ts";
import { StartupError } from "./errors.ts";
import type { ActionImplementation, ActionsFor, ActorsFor, ContextFor, RunAction } from "./inference.ts";
import type { MachineSchemas } from "./machine.ts";
import { remoteOf } from "./remote.ts";
import { type RetryPolicy, retryPolicy } from "./retry.ts";

/** A promise actor as the host runs it. */
export interface ActorDefinition {
  readonly retry: RetryPolicy;
  readonly timeoutMs: number | undefined;
  readonly heartbeatMs: number | undefined;
  readonly maxConcurrent: number | undefined;
  readonly onExhausted: "fail" | "park";
  readonly input: z.ZodType;
  /** The host checks what `run` gave with this before it becomes a result. */
  readonly output: z.ZodType;
  readonly run: Run<unknown, unknown>;
}

/** A named action as the host runs it. */
export interface ActionDefinition {
  readonly retry: RetryPolicy;
  readonly timeoutMs: number | undefined;
  readonly run: RunAction;
}

/** What happens to an event from outside for which the present state has no transition. */
export type UnhandledPolicy = "reject" | "ignore";

/** How contexts are written: `json` refuses what JSON does not know, `tagged` also takes Date, Map, Set and bigint. */
export type Codec = "json" | "tagged";

/** A frozen value: what a host is given, and what a typed client is inferred from. */
export interface ObjectDefinition<M extends AnyStateMachine = AnyStateMachine> {
  readonly name: string;
  readonly machine: M;
  readonly version: string;
  readonly unhandled: UnhandledPolicy;
  /** Takes messages from other objects only. */
  readonly private: boolean;
  readonly codec: Codec;
  /** What callers see of the context; all of it where undefined. */
  readonly expose: ((context: unknown) => unknown) | undefined;
  /** By the name under which the machine, or a machine nested in it, declares the promise actor. */
  readonly actors: ReadonlyMap<string, ActorDefinition>;
  readonly actions: ReadonlyMap<string, ActionDefinition>;
  /** Strict schemas, made once. */
  readonly events: ReadonlyMap<string, z.ZodObject>;
  /** Of events that only objects may send. */
  readonly internal: ReadonlyMap<string, z.ZodObject>;
  readonly input: z.ZodType | undefined;
}

export interface ObjectOptions<M extends AnyStateMachine> {
  readonly name: string;
  readonly machine: M;
  /** Version of the machine, stored with each snapshot. */
  readonly version?: string;
  readonly actors?: ActorsFor<M>;
  readonly actions?: ActionsFor<M>;
  readonly unhandled?: UnhandledPolicy;
  readonly private?: boolean;
  /** `json` unless given. Under `tagged` callers see a Date as `{ "$date": … }`: give them what they need by `expose`. */
  readonly codec?: Codec;
  readonly expose?: (context: ContextFor<M>) => unknown;
}

/** Hosts a machine under a name. Throws `StartupError` `INVALID_DEFINITION`, which lists everything that is wrong. */
export function defineObject<M extends AnyStateMachine>(
  options: { readonly machine: M } & ObjectOptions<NoInfer<M>>,
): ObjectDefinition<M> {
  const findings: string[] = [];
  if (!isObjectName(options.name)) {
    findings.push(`name ${quote(String(options.name))} must be a letter and then letters, digits, - or _, at most 64`);
  }
  const unhandled = options.unhandled ?? "reject";
  if (unhandled !== "reject" && unhandled !== "ignore") findings.push("unhandled must be 'reject' or 'ignore'");
  const codec = options.codec ?? "json";
  if (codec !== "json" && codec !== "tagged") findings.push("codec must be 'json' or 'tagged'");
  const version = options.version ?? "1";
  if (typeof version !== "string" || version === "") findings.push("version must be a text that is not empty");
  const declared = declaredBy(options.machine);
  const actors = implementActors(declared, (options.actors ?? {}) as GivenActors, findings);
  const actions = implementActions(declared, (options.actions ?? {}) as GivenActions, findings);
  const schemas = (options.machine.schemas ?? {}) as Partial<MachineSchemas>;
  const events = strictEvents(schemas.events, findings);
  const internal = strictEvents(schemas.internal ?? {}, findings);
  for (const type of internal.keys()) if (events.has(type)) findings.push(`internal.${type}: is one of events, too`);
  refuse(options.name, findings);
  return Object.freeze({
    name: options.name,
    machine: options.machine,
    version,
    unhandled,
    private: options.private ?? false,
    codec,
    expose: options.expose as ((context: unknown) => unknown) | undefined,
    actors,
    actions,
    events,
    internal,
    input: strict(schemas.input),
  });
}

/** Throws one error that holds every finding. */
export function refuse(name: string, findings: readonly string[]): void {
  if (findings.length === 0) return;
  throw new StartupError("INVALID_DEFINITION", `object '${name}' cannot be hosted:\n  ${findings.join("\n  ")}`);
}

type GivenActors = Readonly<Record<string, Partial<ActorDefinition> & { readonly retry?: Partial<RetryPolicy> }>>;
type GivenActions = Readonly<Record<string, ActionImplementation>>;
type Logic = { readonly definition?: PromiseActorOptions<z.ZodType, z.ZodType> };

/** What a machine and the machines nested in it declare; one name space for the whole object. */
interface Declared {
  /** Logic under each actor name that is not a machine. More than one where two machines use a name differently. */
  readonly actors: Map<string, Set<Logic>>;
  readonly actions: Set<string>;
}

function declaredBy(root: AnyStateMachine): Declared {
  const declared: Declared = { actors: new Map(), actions: new Set() };
  const seen = new Set<unknown>();
  const visit = (machine: AnyStateMachine): void => {
    if (seen.has(machine)) return;
    seen.add(machine);
    const { actors, actions } = machine.implementations;
    for (const [name, logic] of Object.entries(actors ?? {})) {
      if (isMachine(logic)) visit(logic);
      else declared.actors.set(name, (declared.actors.get(name) ?? new Set()).add(logic as Logic));
    }
    for (const [name, action] of Object.entries(actions ?? {})) if (isCustom(action)) declared.actions.add(name);
  };
  visit(root);
  return declared;
}

const isMachine = (logic: unknown): logic is AnyStateMachine =>
  typeof logic === "object" && logic !== null && "implementations" in logic && "root" in logic;
/** XState's own actions (`assign`, `raise`, …) carry `resolve`; the others are ours to run. */
const isCustom = (action: unknown): boolean => typeof action === "function" && !("resolve" in action);

function implementActors(declared: Declared, given: GivenActors, findings: string[]): Map<string, ActorDefinition> {
  const actors = new Map<string, ActorDefinition>();
  const known = [...declared.actors.keys()].sort().join(", ") || "none";
  for (const name of Object.keys(given)) {
    if (!declared.actors.has(name))
      findings.push(`actors.${name}: the machine declares no such actor; it declares: ${known}`);
  }
  for (const [name, logics] of declared.actors) {
    const [logic] = logics;
    const own = logic?.definition;
    if (logic !== undefined && remoteOf(logic) !== undefined) {
      if (given[name] !== undefined) findings.push(`actors.${name}: is another object and has no implementation here`);
      continue;
    }
    const options = given[name] ?? own;
    if (options === undefined) continue; // not a promise actor of ours: the engine's lint judges it
    if (logics.size > 1) findings.push(`actors.${name}: two machines mean different actors by this name; rename one`);
    if (given[name] !== undefined && own?.run !== undefined) {
      findings.push(`actors.${name}: implemented twice, in promiseActor() and in defineObject()`);
    }
    if (typeof options.run !== "function") {
      findings.push(`actor '${name}' has no implementation: give run in promiseActor() or in defineObject({ actors })`);
      continue;
    }
    actors.set(name, actorDefinition(`actors.${name}`, { ...own, ...options }, findings));
  }
  return actors;
}

type Tried = "retry" | "timeoutMs" | "heartbeatMs" | "maxConcurrent" | "onExhausted" | "run";

function actorDefinition(
  place: string,
  given: Omit<Partial<ActorDefinition>, "retry" | "run"> &
    Partial<Pick<PromiseActorOptions<z.ZodType, z.ZodType>, Tried>>,
  findings: string[],
): ActorDefinition {
  const { onExhausted = "fail" } = given;
  if (onExhausted !== "fail" && onExhausted !== "park") findings.push(`${place}.onExhausted must be 'fail' or 'park'`);
  return {
    retry: checkedRetry(given.retry, `${place}.retry`, findings),
    timeoutMs: positive(given.timeoutMs, `${place}.timeoutMs`, findings),
    heartbeatMs: positive(given.heartbeatMs, `${place}.heartbeatMs`, findings),
    maxConcurrent: positive(given.maxConcurrent, `${place}.maxConcurrent`, findings),
    onExhausted,
    input: given.input ?? z.unknown(),
    output: given.output ?? z.unknown(),
    run: given.run as Run<unknown, unknown>,
  };
}

function positive(given: number | undefined, place: string, findings: string[]): number | undefined {
  if (given !== undefined && !(Number.isFinite(given) && given > 0)) {
    findings.push(`${place} must be a positive number, got ${String(given)}`);
  }
  return given;
}

/** An outage of minutes must not park what waits for it. */
const ACTION_RETRY: Partial<RetryPolicy> = { maxAttempts: 20, maxMs: 60_000 };

function checkedRetry(given: Partial<RetryPolicy> | undefined, place: string, findings: string[]): RetryPolicy {
  try {
    return retryPolicy(given, place);
  } catch (cause) {
    findings.push((cause as Error).message);
    return retryPolicy();
  }
}

function implementActions(declared: Declared, given: GivenActions, findings: string[]): Map<string, ActionDefinition> {
  const actions = new Map<string, ActionDefinition>();
  const known = [...declared.actions].sort().join(", ") || "none";
  for (const [name, action] of Object.entries(given)) {
    if (!declared.actions.has(name)) {
      findings.push(`actions.${name}: the machine declares no such action; it declares: ${known}`);
      continue;
    }
    const { run, retry, timeoutMs } = typeof action === "function" ? { run: action } : (action ?? {});
    if (typeof run !== "function") findings.push(`actions.${name} must be a function, or an object with run`);
    else {
      const policy = checkedRetry({ ...ACTION_RETRY, ...retry }, `actions.${name}.retry`, findings);
      actions.set(name, { retry: policy, timeoutMs: positive(timeoutMs, `actions.${name}.timeoutMs`, findings), run });
    }
  }
  for (const name of declared.actions) {
    if (given[name] === undefined) findings.push(`action '${name}' has no implementation in defineObject({ actions })`);
  }
  return actions;
}

/** Of every object, and so reachable through a plain record whatever it declares. */
const PROTOTYPE_MEMBERS: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

function strictEvents(given: MachineSchemas["events"] | undefined, findings: string[]): Map<string, z.ZodObject> {
  const events = new Map<string, z.ZodObject>();
  if (given === undefined) {
    findings.push("machine has no event schemas: make it with defineMachine()");
    return events;
  }
  for (const [type, schema] of Object.entries(given)) {
    if (isReservedType(type)) findings.push(`events.${type}: types that begin with xstate. or stator. are reserved`);
    if (PROTOTYPE_MEMBERS.has(type)) findings.push(`events.${type}: is the name of a member of every object`);
    if (type === "" || type.includes("*")) findings.push(`events.${quote(type)}: must not be empty and hold no *`);
    if (!(schema instanceof z.ZodObject)) {
      findings.push(`events.${type}: must be a z.object(), z.object({}) for an event that carries nothing`);
      continue;
    }
    if (Object.hasOwn(schema.shape, "type")) findings.push(`events.${type}.type: is set by Stator, leave it out`);
    events.set(type, schema.strict());
  }
  return events;
}

/** Event types that only the engine and XState make. */
export const isReservedType = (type: string): boolean => type.startsWith("xstate.") || type.startsWith("stator.");

const strict = (schema: z.ZodType | undefined): z.ZodType | undefined =>
  schema instanceof z.ZodObject ? schema.strict() : schema;
