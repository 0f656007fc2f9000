/** A machine as a Mermaid `stateDiagram-v2`: nested, parallel, history, invokes; compensating states in a lane of their own. */
import type { AnyStateMachine } from "xstate";
import { internalsOf, type NodeInternals, type TransitionInternals } from "./check/internals.ts";

const INDENT = "  ";

/** Classes of states by tag, with their look. */
const LOOKS = {
  compensation: "fill:#fde8e8,stroke:#c0392b",
  parked: "fill:#fff3cd,stroke:#b7791f,stroke-width:2px",
  pivot: "fill:#e8eefc,stroke:#2c5282,stroke-width:3px",
  success: "fill:#e6f6ec,stroke:#2f855a",
  compensated: "fill:#fde8e8,stroke:#c0392b,stroke-width:2px",
  abandoned: "fill:#eeeeee,stroke:#555555,stroke-width:2px",
} as const;

export function toMermaid(machine: AnyStateMachine): string {
  const { root, idMap } = internalsOf(machine);
  const states = [...statesIn(root, INDENT), ...initialOf(root, INDENT)];
  const arrows = [...idMap.values()].filter((node) => node !== root).flatMap(arrowsOf);
  const marks = [...idMap.values()].flatMap((node) => markOf(node));
  const used = Object.entries(LOOKS).filter(([name]) => marks.some((mark) => mark.endsWith(` ${name}`)));
  const looks = used.map(([name, look]) => `${INDENT}classDef ${name} ${look}`);
  return ["stateDiagram-v2", ...states, ...rootArrows(root), ...arrows, ...looks, ...marks].join("\n");
}

function statesIn(parent: NodeInternals, indent: string): readonly string[] {
  return Object.values(parent.states).flatMap((node) => stateOf(node, indent));
}

function stateOf(node: NodeInternals, indent: string): readonly string[] {
  const inner = Object.values(node.states);
  if (inner.length === 0) return [`${indent}state "${labelOf(node)}" as ${idOf(node)}`, ...endOf(node, indent)];
  const deeper = indent + INDENT;
  const body =
    node.type === "parallel"
      ? inner.flatMap((region, i) => [...(i > 0 ? [`${deeper}--`] : []), ...stateOf(region, deeper)])
      : [...initialOf(node, deeper), ...statesIn(node, deeper)];
  return [`${indent}state "${labelOf(node)}" as ${idOf(node)} {`, ...body, `${indent}}`];
}

function labelOf(node: NodeInternals): string {
  const undoes = typeof node.meta?.undoes === "string" ? [`↩ ${node.meta.undoes}`] : [];
  const invokes = node.invoke.map(({ src, id }) => `invoke ${typeof src === "string" ? src : id}`);
  const history = node.type === "history" ? [`${node.history ?? "shallow"} history`] : [];
  const entry = node.entry.map(nameOf).filter((name) => name !== "" && !/^(raise|cancel)$/.test(name));
  return clean([node.key, ...undoes, ...history, ...invokes, ...entry.map((name) => `entry / ${name}`)].join("\\n"));
}

const endOf = (node: NodeInternals, indent: string): readonly string[] =>
  node.type === "final" ? [`${indent}${idOf(node)} --> [*]`] : [];

function initialOf(node: NodeInternals, indent: string): readonly string[] {
  const [first] = node.type === "compound" ? (node.initial?.target ?? []) : [];
  return first === undefined ? [] : [`${indent}[*] --> ${idOf(first)}`];
}

/** Transitions of the root would leave from the diagram itself; they are told in a note. */
function rootArrows(root: NodeInternals): readonly string[] {
  const [first] = root.initial?.target ?? [];
  const told = transitionsOf(root).map((transition) => {
    const targets = (transition.target ?? []).map(({ key }) => key).join(", ");
    return `${INDENT}note left of ${first === undefined ? "start" : idOf(first)} : anywhere ${eventOf(transition)}${targets === "" ? "" : ` to ${targets}`}`;
  });
  return first === undefined ? [] : told;
}

function arrowsOf(node: NodeInternals): readonly string[] {
  return transitionsOf(node).flatMap((transition) => {
    const targets = transition.target ?? [node];
    return targets.map((target) => `${INDENT}${idOf(node)} --> ${idOf(target)} : ${eventOf(transition)}`);
  });
}

const transitionsOf = (node: NodeInternals): readonly TransitionInternals[] => [
  ...[...node.transitions.values()].flat(),
  ...(node.always ?? []),
];

function eventOf(transition: TransitionInternals): string {
  const guard = nameOf(transition.guard);
  const actions = transition.actions.map(nameOf).filter((name) => name !== "");
  const text = [
    eventName(transition.eventType),
    ...(guard === "" ? [] : [`[${guard}]`]),
    ...(actions.length === 0 ? [] : [`/ ${actions.join(", ")}`]),
  ];
  return clean(text.join(" "));
}

/** What people call the events that XState makes. */
function eventName(type: string): string {
  const [, kind, rest = ""] = /^xstate\.(done\.actor|error\.actor|after|done\.state|snapshot)\.(.*)$/.exec(type) ?? [];
  switch (kind) {
    case "done.actor":
      return `${rest} done`;
    case "error.actor":
      return `${rest} failed`;
    case "after":
      return `after ${rest.split(".")[0]}`;
    case "done.state":
      return "done";
    case "snapshot":
      return `${rest} changed`;
    default:
      return type === "" ? "always" : type;
  }
}

function nameOf(named: unknown): string {
  if (typeof named === "string") return named;
  const { type } = (named ?? {}) as { readonly type?: unknown };
  return typeof type === "string" ? type.replace(/^xstate\./, "") : "";
}

function markOf(node: NodeInternals): readonly string[] {
  const name = Object.keys(LOOKS).find((look) => node.tags.includes(look));
  return name === undefined ? [] : [`${INDENT}class ${idOf(node)} ${name}`];
}

/** Ids of Mermaid are words. */
const idOf = (node: NodeInternals): string => node.id.replace(/[^A-Za-z0-9]/g, "_");
/** A colon, semicolon, hash or quote would end the label. */
const clean = (text: string): string => text.replace(/[:;#"]/g, " ");
