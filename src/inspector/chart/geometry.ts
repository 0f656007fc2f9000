/**
 * A chart with its coordinates: the one picture that page, command line and README draw. Nothing in it depends on live
 * data, so counts and paths come and go and nothing moves. Plain data: it crosses threads and the wire as it is.
 */
import type { StateKind } from "./model.ts";
import type { TriggerKind } from "./names.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Box extends Point, Size {}

/** `full` says everything; `compact` names, icons and event names, for a panel in which `full` could not be read. */
export type Detail = "full" | "compact";

/** A line inside a state. `exit` leaves the state's parent: the arrow starts there, and the line says where it leads. */
export type RowKind = "invoke" | "entry" | "exit" | "tags" | "history" | "leaves" | "on";

export interface NodeRow {
  readonly kind: RowKind;
  readonly trigger: TriggerKind | undefined;
  readonly priority: number | undefined;
  readonly text: string;
  /** Indexes of the transitions that it stands for. */
  readonly transitions: readonly number[];
}

/** What the look of a state says besides its kind. */
export type NodeRole = "plain" | "compensation" | "parked";

/** What is written and drawn of a state. */
export interface NodeFace {
  readonly id: string;
  readonly key: string;
  readonly kind: StateKind;
  readonly role: NodeRole;
  /** A child of a parallel state. */
  readonly isRegion: boolean;
  readonly isRoot: boolean;
  /** Words beside the name: "compensation", "pivot", "↩ hotel". */
  readonly marks: readonly string[];
  /** In `compact` for the rows. */
  readonly icons: readonly ("invoke" | "error")[];
  readonly rows: readonly NodeRow[];
  readonly title: string;
}

export interface ChartNode extends NodeFace, Box {
  readonly parent: string | undefined;
  readonly hasChildren: boolean;
}

export interface LabelRow extends Size {
  readonly trigger: TriggerKind;
  readonly priority: number | undefined;
  readonly text: string;
  readonly guard: string | undefined;
  /** Where inside the target it leads: "› b", "H*". */
  readonly note: string | undefined;
  readonly actions: readonly string[];
  readonly transitions: readonly number[];
  readonly title: string;
}

export interface ChartLabel extends Box {
  readonly rows: readonly LabelRow[];
}

export type EdgeRole = "plain" | "compensation" | "error";

export interface ChartEdge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly role: EdgeRole;
  readonly points: readonly Point[];
  readonly label: ChartLabel;
}

/** The dot and the arrow into the state that is entered first. */
export interface ChartStart {
  readonly parent: string;
  readonly dot: Point;
  readonly points: readonly Point[];
}

export interface ChartGeometry extends Size {
  readonly machine: string;
  readonly hash: string;
  readonly detail: Detail;
  /** Parents before children; the first is the machine. */
  readonly nodes: readonly ChartNode[];
  readonly edges: readonly ChartEdge[];
  readonly starts: readonly ChartStart[];
}
