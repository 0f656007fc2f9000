/**
 * ELK's layered layout for one flat graph: the children of one state and the arrows between them. The only file that
 * knows elkjs, which is loaded when the first chart is laid out.
 *
 * Graphs carry numbers, not names, so equal graphs are laid out once: the undoing of each step of a saga is alike.
 */
import { createRequire } from "node:module";
import type { ELK, ElkExtendedEdge, ElkNode, LayoutOptions } from "elkjs/lib/elk-api.js";
import type { Box, Detail, Point, Size } from "./geometry.ts";

export type Direction = "DOWN" | "RIGHT";

export interface Port extends Point {
  readonly id: string;
  readonly side: "NORTH" | "EAST" | "SOUTH" | "WEST";
}

export interface FlatNode extends Size {
  /** Fixed places at which arrows begin and end. */
  readonly ports?: readonly Port[];
}

export interface FlatEdge {
  /** Positions in `nodes`. */
  readonly source: number;
  readonly target: number;
  readonly sourcePort?: string | undefined;
  readonly targetPort?: string | undefined;
  readonly label: Size;
  /** Points along the flow rather than against it. */
  readonly leadsOn: boolean;
  /** Bends are taken by others first. */
  readonly isStraight: boolean;
}

export interface FlatGraph {
  readonly direction: Direction;
  readonly detail: Detail;
  readonly padding: { readonly top: number; readonly left: number };
  readonly nodes: readonly FlatNode[];
  readonly edges: readonly FlatEdge[];
}

export interface FlatLayout extends Size {
  readonly nodes: readonly Box[];
  readonly edges: readonly { readonly points: readonly Point[]; readonly label: Box }[];
}

const OPTIONS: LayoutOptions = {
  "elk.algorithm": "layered",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES", // the author's order, and the same picture each time
  "elk.layered.cycleBreaking.strategy": "MODEL_ORDER",
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
  "elk.layered.nodePlacement.favorStraightEdges": "true",
  "elk.layered.edgeLabels.centerLabelPlacementStrategy": "TAIL_LAYER", // labels right after their source
  "elk.layered.compaction.postCompaction.strategy": "EDGE_LENGTH",
  "elk.layered.mergeEdges": "false",
  "elk.layered.unnecessaryBendpoints": "false",
  "elk.layered.thoroughness": "7",
  "elk.randomSeed": "1",
  "elk.separateConnectedComponents": "false", // regions in one row or column
  "elk.spacing.edgeLabel": "4",
  "elk.spacing.labelLabel": "6",
  "elk.spacing.nodeSelfLoop": "18",
};

const SPACING: Readonly<Record<Detail, LayoutOptions>> = {
  full: {
    "elk.layered.spacing.nodeNodeBetweenLayers": "22",
    "elk.layered.spacing.edgeNodeBetweenLayers": "16",
    "elk.layered.spacing.edgeEdgeBetweenLayers": "12",
    "elk.spacing.nodeNode": "30",
    "elk.spacing.edgeNode": "18",
    "elk.spacing.edgeEdge": "14",
  },
  compact: {
    "elk.layered.spacing.nodeNodeBetweenLayers": "14",
    "elk.layered.spacing.edgeNodeBetweenLayers": "11",
    "elk.layered.spacing.edgeEdgeBetweenLayers": "9",
    "elk.spacing.nodeNode": "20",
    "elk.spacing.edgeNode": "12",
    "elk.spacing.edgeEdge": "10",
  },
};
/** States and arrows of one level. */
export const LARGE = 48;
/** Takes a few bends more, and a fraction of the time. */
const WHERE_LARGE: LayoutOptions = { "elk.layered.nodePlacement.strategy": "BRANDES_KOEPF" };

export const MARGIN: Readonly<Record<Detail, number>> = { full: 22, compact: 13 };

export class Elk {
  static #loaded: ELK | undefined;
  readonly #elk: ELK;
  readonly #known = new Map<string, Promise<FlatLayout>>();

  private constructor(elk: ELK) {
    this.#elk = elk;
  }

  /** By `require`: to import it, Node would first read its 1.5 MB for names, which takes as long again. */
  static load(): Elk {
    Elk.#loaded ??= new (createRequire(import.meta.url)("elkjs/lib/elk.bundled.js") as new () => ELK)();
    return new Elk(Elk.#loaded);
  }

  layout(graph: FlatGraph): Promise<FlatLayout> {
    const key = JSON.stringify(graph);
    const known = this.#known.get(key) ?? this.#elk.layout(toElk(graph)).then(fromElk);
    this.#known.set(key, known);
    return known;
  }
}

function toElk({ direction, detail, padding, nodes, edges }: FlatGraph): ElkNode {
  const margin = MARGIN[detail];
  return {
    id: "level",
    layoutOptions: {
      ...OPTIONS,
      ...SPACING[detail],
      ...(nodes.length + edges.length > LARGE ? WHERE_LARGE : {}),
      "elk.direction": direction,
      "elk.padding": `[top=${padding.top},left=${padding.left},bottom=${margin},right=${margin}]`,
    },
    children: nodes.map(toElkNode),
    edges: edges.map(toElkEdge),
  };
}

function toElkNode({ width, height, ports }: FlatNode, i: number): ElkNode {
  const node = { id: `n${i}`, width, height };
  if (ports === undefined) return node;
  return {
    ...node,
    layoutOptions: { "elk.portConstraints": "FIXED_POS" },
    ports: ports.map(({ id, x, y, side }) => ({
      id,
      x,
      y,
      width: 0,
      height: 0,
      layoutOptions: { "elk.port.side": side },
    })),
  };
}

function toElkEdge(edge: FlatEdge, i: number): ElkExtendedEdge {
  const { source, target, label, leadsOn, isStraight } = edge;
  return {
    id: `e${i}`,
    sources: [edge.sourcePort ?? `n${source}`],
    targets: [edge.targetPort ?? `n${target}`],
    labels: [
      {
        text: "label", // an empty one gets no room
        ...label,
        layoutOptions: { "elk.edgeLabels.inline": String(source !== target), "elk.edgeLabels.placement": "CENTER" },
      },
    ],
    layoutOptions: {
      "elk.layered.priority.direction": leadsOn ? "10" : "0",
      "elk.layered.priority.straightness": isStraight ? "10" : "1",
    },
  };
}

function fromElk(level: ElkNode): FlatLayout {
  return {
    ...sizeOf(level),
    nodes: (level.children ?? []).map(boxOf),
    edges: (level.edges ?? []).map(({ id, sections = [], labels: [label] = [] }) => {
      const [section] = sections;
      if (section === undefined || label === undefined) throw new Error(`the layout has no route for arrow ${id}`);
      return { points: [section.startPoint, ...(section.bendPoints ?? []), section.endPoint], label: boxOf(label) };
    }),
  };
}

interface Placed {
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
}
const sizeOf = ({ width = 0, height = 0 }: Placed): Size => ({ width, height });
const boxOf = ({ x = 0, y = 0, ...size }: Placed): Box => ({ x, y, ...sizeOf(size) });
