/** The steps of a saga in the order they run, before anything is made of them. What makes no sense is refused here. */
import type { AnyStateMachine } from "xstate";
import type { Action } from "./step.ts";

/** What a mapper is called with, whatever its author sees of it. */
export interface MapperArguments {
  readonly input: unknown;
  readonly results: Readonly<Record<string, unknown>>;
  readonly item: unknown;
  readonly index: number;
  readonly asked?: unknown;
  readonly result?: unknown;
  readonly uncertain?: boolean;
  readonly stepKey?: string;
}
export type Mapper = (args: MapperArguments) => unknown;

interface Part {
  readonly name: string;
  readonly input: Mapper;
  /** The actor that undoes it; undefined where there is nothing to undo. */
  readonly undo: { readonly action: Action | AnyStateMachine; readonly input: Mapper | undefined } | undefined;
  /** Why there is nothing to undo, if the author said so. */
  readonly none: string | undefined;
  readonly timeoutMs: number | undefined;
  readonly cleanFailure: boolean;
}
export interface ActionUnit extends Part {
  readonly kind: "step" | "each";
  readonly action: Action;
  readonly items: ((args: MapperArguments) => readonly unknown[]) | undefined;
  /** Runs after the point of no return, for a reservation. */
  readonly confirm: Action | undefined;
}
export interface NestedUnit extends Part {
  readonly kind: "nested";
  readonly action: AnyStateMachine;
}
export type Unit = ActionUnit | NestedUnit;

export interface Group {
  readonly name: string;
  readonly units: readonly Unit[];
  readonly isParallel: boolean;
  readonly isPivot: boolean;
}

export interface Plan {
  readonly name: string;
  readonly groups: readonly Group[];
  /** Index of the group whose success is the point of no return; -1 without one. */
  readonly pivot: number;
}

const STEP_NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;

export function planOf(name: string, given: readonly Group[]): Plan {
  assertGroups(name, given);
  const plan = withConfirmations(name, given);
  plan.groups.forEach((group, i) => {
    if (plan.pivot < 0 || i <= plan.pivot) return;
    for (const unit of group.units) {
      if (unit.undo !== undefined && unit.kind !== "nested")
        throw new Error(`saga '${name}': step '${unit.name}' is after the pivot and must not have a compensation`);
    }
  });
  return plan;
}

/** Confirmations run once every reservation holds: after the named pivot, else at the end. The first one is the pivot. */
function withConfirmations(name: string, given: readonly Group[]): Plan {
  const named = given.findIndex((group) => group.isPivot);
  const reserved = given.flatMap((group) => group.units).filter((unit) => unit.kind !== "nested" && unit.confirm);
  if (reserved.length === 0) return { name, groups: given, pivot: named };
  const pivot = named >= 0 ? named : given.length - 1;
  const confirmations = reserved.map((unit) => confirmationOf(unit as ActionUnit));
  return { name, groups: [...given.slice(0, pivot + 1), ...confirmations, ...given.slice(pivot + 1)], pivot };
}

function confirmationOf(unit: ActionUnit): Group {
  const name = `confirm:${unit.name}`;
  const confirmation: ActionUnit = {
    kind: "step",
    name,
    action: unit.confirm as Action,
    input: ({ results }) => results[unit.name],
    undo: undefined,
    none: "runs after the point of no return",
    timeoutMs: undefined,
    cleanFailure: false,
    items: undefined,
    confirm: undefined,
  };
  return { name, units: [confirmation], isParallel: false, isPivot: false };
}

function assertGroups(name: string, groups: readonly Group[]): void {
  if (!STEP_NAME.test(name))
    throw new Error(`saga '${name}': its name must be a letter and then letters, digits, - or _`);
  if (groups.length === 0) throw new Error(`saga '${name}' has no steps`);
  const pivots = groups.filter((group) => group.isPivot);
  if (pivots.length > 1) {
    throw new Error(`saga '${name}': two points of no return: ${pivots.map((group) => group.name).join(", ")}`);
  }
  const seen = new Set<string>();
  for (const group of groups) {
    const names = group.isParallel ? [group.name, ...group.units.map((unit) => unit.name)] : [group.name];
    for (const step of names) {
      if (!STEP_NAME.test(step)) {
        throw new Error(`saga '${name}': step '${step}' must be a letter and then letters, digits, - or _`);
      }
      if (seen.has(step)) throw new Error(`saga '${name}': duplicate step '${step}'`);
      seen.add(step);
    }
    for (const unit of group.units) assertUnit(name, group, unit);
  }
}

function assertUnit(name: string, group: Group, unit: Unit): void {
  const { timeoutMs } = unit;
  if (timeoutMs !== undefined && !(Number.isFinite(timeoutMs) && timeoutMs > 0)) {
    throw new Error(`saga '${name}': ${unit.name}.timeoutMs must be a positive number, got ${timeoutMs}`);
  }
  if (group.isPivot && unit.undo === undefined && !unit.cleanFailure) {
    throw new Error(
      `saga '${name}': pivot '${unit.name}' needs a compensation or cleanFailure: its own outcome may be unknown`,
    );
  }
}
