/**
 * What is drawn of a model, without coordinates. Three rules make a chart readable:
 *
 * - an arrow joins two siblings only. A transition between states further apart is lifted to their ancestors that are
 *   siblings; a line inside its real source says where it leads. So each compound state is a flat graph of its own;
 * - what leads to an own ancestor or descendant, or nowhere, is a line in its source, no arrow;
 * - arrows with the same two ends are one arrow, with a row for each event.
 */
import type { Detail, EdgeRole, NodeFace, NodeRow, RowKind } from "./geometry.ts";
import { groupBy } from "./group.ts";
import type { ChartModel, ChartState, ChartTransition } from "./model.ts";
import type { TriggerKind } from "./names.ts";

export interface ViewRow {
  readonly trigger: TriggerKind;
  readonly priority: number | undefined;
  readonly text: string;
  readonly guard: string | undefined;
  readonly note: string | undefined;
  readonly actions: readonly string[];
  readonly transitions: readonly number[];
  readonly title: string;
}

export interface ViewEdge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly role: EdgeRole;
  readonly rows: readonly ViewRow[];
}

export interface ViewNode {
  readonly face: NodeFace;
  readonly initial: string | undefined;
  readonly children: readonly ViewNode[];
  /** Between the children. */
  readonly edges: readonly ViewEdge[];
}

interface Drawn {
  readonly source: string;
  readonly target: string;
  readonly isLifted: boolean;
  readonly note: string | undefined;
  readonly transition: ChartTransition;
}

export function viewOf(model: ChartModel, detail: Detail): ViewNode {
  const tree = new Tree(model);
  const rows = new Map<string, NodeRow[]>(model.states.map(({ id }) => [id, []]));
  const drawn: Drawn[] = [];
  for (const transition of model.transitions) {
    const source = rows.get(transition.source) ?? [];
    const { arrows, lines } = place(transition, tree);
    drawn.push(...arrows);
    source.push(...lines);
  }
  const edges = groupBy(merged(drawn, tree, detail), ({ source }) => tree.state(source).parent);
  const build = (state: ChartState): ViewNode => {
    const children = tree.childrenOf(state.id).filter(({ kind }) => kind !== "history");
    return {
      face: faceOf(state, tree, rows.get(state.id) ?? [], detail),
      initial: state.initial,
      children: children.map(build),
      edges: edges.get(state.id) ?? [],
    };
  };
  return build(tree.root);
}

/** Who is whose parent. */
class Tree {
  readonly root: ChartState;
  readonly #states: ReadonlyMap<string, ChartState>;
  readonly #children: ReadonlyMap<string | undefined, readonly ChartState[]>;

  constructor(model: ChartModel) {
    const [root] = model.states;
    if (root === undefined) throw new RangeError("a chart has at least one state");
    this.root = root;
    this.#states = new Map(model.states.map((state) => [state.id, state]));
    this.#children = groupBy(model.states, ({ parent }) => parent);
  }

  state(id: string): ChartState {
    const state = this.#states.get(id);
    if (state === undefined) throw new RangeError(`the chart has no state ${id}`);
    return state;
  }

  childrenOf(id: string): readonly ChartState[] {
    return this.#children.get(id) ?? [];
  }

  /** From the state up to the machine. */
  lineOf(id: string): readonly string[] {
    const { parent } = this.state(id);
    return parent === undefined ? [id] : [id, ...this.lineOf(parent)];
  }
}

function place(transition: ChartTransition, tree: Tree): { arrows: readonly Drawn[]; lines: readonly NodeRow[] } {
  if (transition.targets.length === 0) return { arrows: [], lines: [line("on", transition, "")] };
  const lifted = transition.targets.map((target) => lift(transition.source, target, tree));
  const names = transition.targets.map((target) => nameIn(target, tree)).join(", ");
  const pairs = lifted.filter((pair) => pair !== undefined);
  if (pairs.length === 0) return { arrows: [], lines: [line("on", transition, ` → ${names}`)] };
  const byPair = groupBy(pairs, ({ source, target }) => `${source}\n${target}`);
  const arrows = [...byPair.values()].flatMap(([pair, ...others]) => {
    if (pair === undefined) return [];
    const notes = [pair, ...others].map(({ into }) => into).filter((into) => into !== undefined);
    const isLifted = pair.source !== transition.source;
    return [{ ...pair, isLifted, note: notes.length === 0 ? undefined : noteOf(notes, tree), transition }];
  });
  const leaves = arrows.some(({ isLifted }) => isLifted);
  return { arrows, lines: leaves ? [line("leaves", transition, ` → ${names}`)] : [] };
}

interface Lifted {
  readonly source: string;
  readonly target: string;
  readonly into: string | undefined;
}

/** To the ancestors that are siblings; undefined where one end is inside the other. */
function lift(source: string, target: string, tree: Tree): Lifted | undefined {
  const isRoot = tree.state(source).parent === undefined;
  if (source === target) return isRoot ? undefined : { source, target, into: undefined };
  const from = tree.lineOf(source);
  const to = tree.lineOf(target);
  if (from.includes(target) || to.includes(source)) return undefined;
  const common = from.find((id) => to.includes(id)) ?? tree.root.id;
  const liftedSource = from[from.indexOf(common) - 1] ?? source;
  const liftedTarget = to[to.indexOf(common) - 1] ?? target;
  if (tree.state(liftedTarget).kind === "history") return undefined; // of the source's own parent
  return { source: liftedSource, target: liftedTarget, into: liftedTarget === target ? undefined : target };
}

function noteOf(targets: readonly string[], tree: Tree): string {
  const names = targets.map((id) => nameIn(id, tree)).join(", ");
  return targets.every((id) => tree.state(id).kind === "history") ? names : `› ${names}`;
}

/** A history state by its sign: the name says nothing that the sign does not. */
function nameIn(id: string, tree: Tree): string {
  const { kind, history, key } = tree.state(id);
  if (kind !== "history") return key;
  return history === "deep" ? "H*" : "H";
}

function line(kind: RowKind, transition: ChartTransition, goal: string): NodeRow {
  const { trigger, guard, actions, priority, index } = transition;
  const condition = guard === undefined ? "" : ` [${guard}]`;
  const does = kind === "leaves" || actions.length === 0 ? "" : ` / ${actions.join(", ")}`;
  return { kind, trigger: trigger.kind, priority, text: trigger.text + condition + goal + does, transitions: [index] };
}

function merged(drawn: readonly Drawn[], tree: Tree, detail: Detail): readonly ViewEdge[] {
  const byPair = groupBy(drawn, ({ source, target }) => `${source}\n${target}`);
  return [...byPair.values()].flatMap((arrows, i) => {
    const [first] = arrows;
    if (first === undefined) return [];
    const { source, target } = first;
    const isError = arrows.every(({ transition }) => transition.trigger.kind === "error");
    const role = isError ? "error" : tree.state(source).isCompensation ? "compensation" : "plain";
    return [{ id: `e${i}`, source, target, role, rows: rowsOf(arrows, tree, detail) }];
  });
}

/** Lifted arrows that say the same are one row, with their number. */
function rowsOf(arrows: readonly Drawn[], tree: Tree, detail: Detail): readonly ViewRow[] {
  const same = groupBy(arrows, ({ transition: { trigger, guard, index }, isLifted, note }) =>
    isLifted ? [trigger.kind, trigger.text, guard, note].join("\n") : String(index),
  );
  return [...same.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [rowOf(first, group, tree, detail)];
  });
}

/** In a compact chart the icon says these. */
const SAID_BY_ICON: readonly TriggerKind[] = ["done", "error", "always"];

function rowOf({ transition, isLifted, note }: Drawn, group: readonly Drawn[], tree: Tree, detail: Detail): ViewRow {
  const { trigger, guard, priority } = transition;
  const isCompact = detail === "compact";
  const word =
    isCompact && SAID_BY_ICON.includes(trigger.kind)
      ? trigger.text.replace(/^(done|error|always) ?/, "")
      : trigger.text;
  const count = group.length > 1 ? `×${group.length}` : "";
  return {
    trigger: trigger.kind,
    priority: isLifted ? undefined : priority,
    text: [word, count].filter((part) => part !== "").join(" "),
    guard: isCompact ? undefined : guard,
    note,
    actions: isCompact ? [] : [...new Set(group.flatMap((drawn) => drawn.transition.actions))],
    transitions: group.map((drawn) => drawn.transition.index),
    title: group.map((drawn) => titleOf(drawn.transition, tree)).join("\n"),
  };
}

function titleOf({ source, targets, trigger, guard, actions }: ChartTransition, tree: Tree): string {
  const start = tree.root.id.length + 1;
  const condition = guard === undefined ? "" : ` [${guard}]`;
  const does = actions.length === 0 ? "" : ` / ${actions.join(", ")}`;
  const goals = targets.map((id) => id.slice(start)).join(", ");
  return `${source.slice(start)} → ${goals}: ${trigger.text}${condition}${does} (${trigger.event || "always"})`;
}

const MARKS: readonly string[] = ["pivot", "success", "compensated", "abandoned", "parked"];
/** Tags that a chart shows by its look or by a mark. */
const SHOWN: readonly string[] = ["forward", "compensation", "afterPivot", ...MARKS];

function faceOf(state: ChartState, tree: Tree, transitions: readonly NodeRow[], detail: Detail): NodeFace {
  const { id, key, kind, tags, invokes } = state;
  const parent = state.parent === undefined ? undefined : tree.state(state.parent);
  const isCompact = detail === "compact";
  const leavesByError = transitions.some((row) => row.kind === "leaves" && row.trigger === "error");
  return {
    id,
    key,
    kind,
    role: tags.includes("parked") ? "parked" : state.isCompensation ? "compensation" : "plain",
    isRegion: parent?.kind === "parallel",
    isRoot: parent === undefined,
    marks: marksOf(state, parent),
    icons: isCompact
      ? [...(invokes.length > 0 ? ["invoke" as const] : []), ...(leavesByError ? ["error" as const] : [])]
      : [],
    rows: isCompact ? [] : [...ownRows(state, tree), ...transitions],
    title: [id, ...tags.map((tag) => `#${tag}`), ...(state.description === undefined ? [] : [state.description])].join(
      " ",
    ),
  };
}

function marksOf(state: ChartState, parent: ChartState | undefined): readonly string[] {
  const begins = state.tags.includes("compensation") && parent?.isCompensation !== true;
  const undoes = state.undoes === undefined ? [] : [`↩ ${state.undoes}`];
  const lane = begins && undoes.length === 0 ? ["compensation"] : [];
  return [...undoes, ...lane, ...MARKS.filter((mark) => state.tags.includes(mark) && mark !== state.key)];
}

function ownRows(state: ChartState, tree: Tree): readonly NodeRow[] {
  const row = (kind: RowKind, text: string): NodeRow => ({
    kind,
    trigger: undefined,
    priority: undefined,
    text,
    transitions: [],
  });
  const tags = state.tags.filter((tag) => !SHOWN.includes(tag));
  const histories = tree.childrenOf(state.id).filter(({ kind }) => kind === "history");
  return [
    ...state.invokes.map(({ src }) => row("invoke", src)),
    ...state.entry.map((name) => row("entry", name)),
    ...state.exit.map((name) => row("exit", name)),
    ...(tags.length === 0 ? [] : [row("tags", tags.map((tag) => `#${tag}`).join(" "))]),
    ...histories.map(({ key, id }) => row("history", `${nameIn(id, tree)} ${key}`)),
  ];
}
