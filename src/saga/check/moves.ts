/**
 * What can happen in a configuration, and nothing else: results of actors that are active, timers that are armed, events
 * that the active states take. A transient failure is no move: the host tries again and the machine never hears of it.
 */
import type { AnyStateMachine } from "xstate";
import { type Facts, isUndo } from "./facts.ts";
import type { Findings, Trail } from "./finding.ts";
import { activeChildren, type Child, internalsOf, isMachine, type NodeInternals, type Snapshot } from "./internals.ts";
import { samplesOf } from "./sample.ts";

/** How an actor answered; `still` where it has not ended. */
export type Outcome = "done" | "failed" | "rolled-back" | "abandoned" | "still";

export interface Move {
  readonly label: string;
  readonly event: { readonly type: string; readonly [property: string]: unknown };
  /** The actor that answers. */
  readonly own?: string;
  readonly outcome?: Outcome;
  /** Failures that it uses up. */
  readonly cost: 0 | 1;
}

export interface Samples {
  /** Payloads by event type, without the type. */
  readonly events?: Readonly<Record<string, readonly object[]>>;
  /** Results by actor. */
  readonly outputs?: Readonly<Record<string, readonly unknown[]>>;
}

/** A result that no schema describes; another object answers with its state. */
const UNKNOWN = { status: "active", value: {}, tags: [], context: {}, output: null };

export class Moves {
  readonly #facts: Facts;
  readonly #findings: Findings;
  readonly #given: Samples;
  readonly #schemas: Readonly<Record<string, unknown>>;
  readonly #actors: Readonly<Record<string, unknown>>;
  readonly #outputs = new Map<string, readonly unknown[]>();
  readonly #payloads = new Map<string, readonly object[]>();

  constructor(machine: AnyStateMachine, facts: Facts, findings: Findings, given: Samples) {
    const { schemas, implementations } = internalsOf(machine);
    this.#facts = facts;
    this.#findings = findings;
    this.#given = given;
    this.#schemas = schemas?.events ?? {};
    this.#actors = implementations.actors;
  }

  get declared(): readonly string[] {
    return Object.keys(this.#schemas);
  }

  of(snapshot: Snapshot, trail: Trail | undefined): readonly Move[] {
    const moves: Move[] = [];
    for (const [id, child] of activeChildren(snapshot)) {
      if (child.answers !== undefined) moves.push(...this.#ofObject(id, child.answers));
      else if (isMachine(child.logic)) moves.push(...this.#ofMachine(snapshot, id, child));
      else moves.push(...this.#ofPromise(id, child, trail));
    }
    moves.push(...timersOf(snapshot));
    for (const type of this.#accepted(snapshot)) {
      for (const payload of this.#payloadsOf(type)) {
        moves.push({ label: type, event: { ...payload, type }, cost: type === "CANCEL" ? 1 : 0 });
      }
    }
    return moves;
  }

  #accepted(snapshot: Snapshot): ReadonlySet<string> {
    const own = snapshot._nodes.flatMap((node) => node.ownEvents);
    const named = own.filter(
      (type) => !type.includes("*") && !type.startsWith("xstate.") && !this.#facts.answers.has(type),
    );
    return new Set(own.includes("*") ? [...named, ...this.declared] : named);
  }

  #ofPromise(id: string, child: Child, trail: Trail | undefined): readonly Move[] {
    const outputs = this.#outputsOf(String(child.src), trail);
    const error = { name: "TerminalError", message: `${id} failed` };
    return [
      ...outputs.map((output, i) => ({
        label: `${id} ✓${outputs.length > 1 ? ` result ${i + 1}` : ""}`,
        event: { type: `xstate.done.actor.${id}`, output, actorId: id },
        own: id,
        outcome: "done" as const,
        cost: 0 as const,
      })),
      {
        label: `${id} ✗ terminal error`,
        event: { type: `xstate.error.actor.${id}`, error, actorId: id },
        own: id,
        outcome: "failed",
        cost: 1,
      },
    ];
  }

  /** Another object answers, or refuses. */
  #ofObject(id: string, { done, failed }: NonNullable<Child["answers"]>): readonly Move[] {
    const answers = this.#payloadsOf(done).map((payload) => ({
      label: `${id} ✓`,
      event: { ...payload, type: done },
      own: id,
      outcome: "done" as const,
      cost: 0 as const,
    }));
    if (failed === undefined) return answers;
    const [payload = {}] = this.#payloadsOf(failed);
    return [
      ...answers,
      { label: `${id} ✗ refused`, event: { ...payload, type: failed }, own: id, outcome: "failed", cost: 1 },
    ];
  }

  /** A nested machine is a black box here: it ends as its output allows, and its own check is its own. */
  #ofMachine(snapshot: Snapshot, id: string, child: Child): readonly Move[] {
    const given = this.#outputsOfMachine(id, child);
    const type = `xstate.done.actor.${id}`;
    const ends = given.flatMap((output): readonly Move[] => {
      const outcome = outcomeOf(output, isUndo(id));
      if (outcome === undefined) return [];
      const label = `${id} ${outcome === "done" ? "✓" : `✗ ${outcome}`}`;
      return [{ label, event: { type, output, actorId: id }, own: id, outcome, cost: outcome === "done" ? 0 : 1 }];
    });
    return [...ends, ...watched(snapshot, id, child)];
  }

  #outputsOfMachine(id: string, child: Child): readonly unknown[] {
    const known = this.#outputs.get(id);
    if (known !== undefined) return known;
    const schema = internalsOf(child.logic as AnyStateMachine).schemas?.output;
    const outputs = this.#given.outputs?.[id] ?? samplesOf(schema) ?? [undefined];
    this.#outputs.set(id, outputs);
    return outputs;
  }

  #outputsOf(actor: string, trail: Trail | undefined): readonly unknown[] {
    const known = this.#outputs.get(actor);
    if (known !== undefined) return known;
    const logic = this.#actors[actor] as { readonly definition?: { readonly output?: unknown } } | undefined;
    const schema = logic?.definition?.output;
    const found = this.#given.outputs?.[actor] ?? (schema === undefined ? [UNKNOWN] : samplesOf(schema));
    if (found === undefined) {
      this.#findings.add("no-sample", `no result of actor '${actor}' was found: give one in outputs`, trail, actor);
    }
    const outputs = found ?? [{}];
    this.#outputs.set(actor, outputs);
    return outputs;
  }

  #payloadsOf(type: string): readonly object[] {
    const known = this.#payloads.get(type);
    if (known !== undefined) return known;
    const found = this.#given.events?.[type] ?? samplesOf(this.#schemas[type]);
    if (found === undefined) {
      this.#findings.add("no-sample", `no payload of event '${type}' was found: give one in events`, undefined);
    }
    const payloads = (found ?? [{}]) as readonly object[];
    this.#payloads.set(type, payloads);
    return payloads;
  }

  /** An event that the machine declares, and the present state would not take. */
  dropped(snapshot: Snapshot, enabled: (event: object) => boolean): readonly string[] {
    if (!this.#facts.isSaga) return [];
    return this.declared.filter((type) => {
      if (this.#facts.refuses(snapshot, type)) return false;
      return !this.#payloadsOf(type).some((payload) => enabled({ ...payload, type }));
    });
  }
}

/** A saga's undoing ends compensated and that is its success; anything without a status has simply ended. */
function outcomeOf(output: unknown, isUndoing: boolean): Outcome | undefined {
  const { status } = (output ?? {}) as { readonly status?: unknown };
  if (isUndoing) return status === "completed" || status === "abandoned" ? undefined : "done";
  if (status === "compensated") return "rolled-back";
  return status === "abandoned" ? "abandoned" : "done";
}

/** Where a state watches its nested machine: that one is parked, or goes on. */
function watched(snapshot: Snapshot, id: string, child: Child): readonly Move[] {
  const type = `xstate.snapshot.${id}`;
  const nodes = [...internalsOf(child.logic as AnyStateMachine).idMap.values()];
  if (!nodes.some((node) => node.tags.includes("parked"))) return [];
  if (!snapshot._nodes.some((node) => node.ownEvents.includes(type))) return [];
  const isWaiting = snapshot.tags.has("parked");
  const tags = new Set(isWaiting ? [] : ["parked"]);
  const label = `${id} ${isWaiting ? "goes on" : "is parked"}`;
  return [
    {
      label,
      event: { type, snapshot: { status: "active", tags, value: {}, context: {} } },
      own: id,
      outcome: "still",
      cost: 0,
    },
  ];
}

/** A timer counts as a failure where it ends a step that runs. */
function timersOf(snapshot: Snapshot): readonly Move[] {
  const active = activeChildren(snapshot);
  const moves = new Map<string, Move>();
  for (const node of snapshot._nodes) {
    const ends = snapshot._nodes.some(
      (inner) => isWithin(inner, node) && inner.invoke.some(({ id }) => active.has(id) && !isUndo(id)),
    );
    for (const { eventType } of node.after) {
      const delay = eventType.slice("xstate.after.".length, -node.id.length - 1);
      const label = delay.startsWith("timeout:") ? `${delay.slice(8)} ✗ timeout` : `after ${delay}`;
      moves.set(eventType, { label, event: { type: eventType }, cost: ends ? 1 : 0 });
    }
  }
  return [...moves.values()];
}

function isWithin(node: NodeInternals, ancestor: NodeInternals): boolean {
  for (let at: NodeInternals | undefined = node; at !== undefined; at = at.parent) if (at === ancestor) return true;
  return false;
}
