/** A chart as the config of a machine: for tools that draw machines from their configs. Names stand for functions. */
import type { ChartState, ChartTransition } from "./chart/index.ts";
import type { Machine } from "./machines.ts";

interface Config {
  [key: string]: unknown;
}

export function configOf(machine: Machine): object {
  return stateConfig(machine.root, machine);
}

function stateConfig(state: ChartState, machine: Machine): Config {
  const children = machine.model.states.filter(({ parent }) => parent === state.id);
  const own = machine.model.transitions.filter(({ source }) => source === state.id);
  const initial = children.find(({ id }) => id === state.initial);
  return {
    id: state.id,
    ...(state.kind === "parallel" || state.kind === "final" || state.kind === "history" ? { type: state.kind } : {}),
    ...(state.history === undefined ? {} : { history: state.history }),
    ...(initial === undefined ? {} : { initial: initial.key }),
    ...(state.tags.length > 0 ? { tags: state.tags } : {}),
    ...(state.entry.length > 0 ? { entry: state.entry.map(named) } : {}),
    ...(state.exit.length > 0 ? { exit: state.exit.map(named) } : {}),
    ...(state.invokes.length > 0 ? { invoke: state.invokes.map((invoke) => invokeConfig(invoke, own)) } : {}),
    ...transitionConfig(state, own),
    ...(children.length > 0
      ? { states: Object.fromEntries(children.map((child) => [child.key, stateConfig(child, machine)])) }
      : {}),
  };
}

const named = (type: string): object => ({ type });

function invokeConfig({ id, src }: ChartState["invokes"][number], own: readonly ChartTransition[]): Config {
  const of = (event: string): readonly object[] =>
    own.filter(({ trigger }) => trigger.event === `${event}.${id}`).map(branch);
  return { id, src, onDone: of("xstate.done.actor"), onError: of("xstate.error.actor") };
}

function transitionConfig({ id }: ChartState, own: readonly ChartTransition[]): Config {
  const on: Record<string, object[]> = {};
  const after: Record<string, object[]> = {};
  const always: object[] = [];
  const onDone: object[] = [];
  for (const transition of own) {
    const { kind, event } = transition.trigger;
    if (kind === "always") always.push(branch(transition));
    else if (kind === "event") push(on, event, branch(transition));
    else if (kind === "after") push(after, event.slice("xstate.after.".length, -(id.length + 1)), branch(transition));
    else if (event.startsWith("xstate.done.state.")) onDone.push(branch(transition));
  }
  return {
    ...(Object.keys(on).length > 0 ? { on } : {}),
    ...(Object.keys(after).length > 0 ? { after } : {}),
    ...(always.length > 0 ? { always } : {}),
    ...(onDone.length > 0 ? { onDone } : {}),
  };
}

function push(into: Record<string, object[]>, key: string, value: object): void {
  into[key] = [...(into[key] ?? []), value];
}

function branch({ targets, guard, actions, isReentering }: ChartTransition): Config {
  return {
    ...(targets.length > 0 ? { target: targets.map((id) => `#${id}`) } : {}),
    ...(guard === undefined ? {} : { guard: named(guard) }),
    ...(actions.length > 0 ? { actions: actions.map(named) } : {}),
    ...(isReentering ? { reenter: true } : {}),
  };
}
