/** Answers about machines and lists of objects. */
import type { ChartModel } from "../chart/model.ts";
import type { StateCount } from "../chart/overlay.ts";
import type { Condition, Flag, ObjectStatus, Shown } from "./words.ts";

export type ConditionCounts = Readonly<Partial<Record<Condition, number>>>;

export interface MachineSummary {
  readonly name: string;
  /** Of the definition that is served; undefined where no host serves it. */
  readonly version: string | undefined;
  readonly total: number;
  readonly conditions: ConditionCounts;
  /** Objects by version of the machine that made their last change of state. */
  readonly versions: Readonly<Record<string, number>>;
  readonly isSaga: boolean;
}

export interface MachinesView {
  readonly at: string;
  readonly machines: readonly MachineSummary[];
}

export interface EventSchema {
  readonly type: string;
  /** JSON Schema 2020-12 of the event without its type. */
  readonly schema: object;
  /** Sent by the machine, its actors and other objects only. */
  readonly isInternal: boolean;
  /** Ids of the states that have a transition for it. */
  readonly acceptedIn: readonly string[];
}

export interface MachineView {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly model: ChartModel;
  readonly events: readonly EventSchema[];
  /** JSON Schema of the input that a new object takes; undefined where it takes none. */
  readonly input: object | undefined;
  /** JSON Schema of the context, for filters. */
  readonly context: object | undefined;
  /** Names of the fields that are masked: dotted paths of the context. */
  readonly sensitive: readonly string[];
  readonly isSaga: boolean;
}

export interface CountsView {
  readonly at: string;
  readonly name: string;
  readonly total: number;
  /** By state id; a compound state counts an object once. For `ChartOverlay.counts`. */
  readonly states: Readonly<Record<string, StateCount>>;
  readonly conditions: ConditionCounts;
  readonly flags: Readonly<Record<Flag, number>>;
  readonly versions: Readonly<Record<string, number>>;
  /** Objects whose state the served machine does not know: of another version. */
  readonly elsewhere: number;
}

/** Of the stays in a state that ended lately. */
export interface StateLately {
  readonly stays: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** How many of them a failed promise actor ended. */
  readonly errors: number;
}

/** What the objects of a machine that changed last did within a time. */
export interface LatelyView {
  readonly at: string;
  readonly windowMs: number;
  /** Looked at. */
  readonly objects: number;
  readonly turns: number;
  /** More objects changed than were looked at. */
  readonly isCut: boolean;
  /** By state id. */
  readonly states: Readonly<Record<string, StateLately>>;
  /** By transition index: how often it was taken. */
  readonly flow: Readonly<Record<number, number>>;
}

/** What was sent lately under one type: to fill a form with. */
export interface PayloadsView {
  /** The newest first, each content once. */
  readonly payloads: readonly {
    readonly at: string;
    /** `name/key` that got it. */
    readonly object: string;
    /** Without its type. */
    readonly fields: Shown;
  }[];
}

export interface ObjectRow {
  readonly name: string;
  readonly key: string;
  readonly status: ObjectStatus;
  readonly condition: Condition;
  /** XState's state value. */
  readonly value: unknown;
  /** For people: `booking › hotel`. */
  readonly state: string;
  readonly tags: readonly string[];
  /** A warning: a sentence. */
  readonly stuck: string | undefined;
  readonly version: string;
  /** In this state since. */
  readonly since: string;
  /** What comes next, in a few words; empty where nothing will by itself. */
  readonly next: string;
  /** When it comes, where that is known. */
  readonly nextAt: string | undefined;
}

export interface ObjectsPage {
  readonly at: string;
  readonly rows: readonly ObjectRow[];
  /** Of all that match; the badge's number. */
  readonly total: number;
  /** The count stopped at `total`: there are at least so many. */
  readonly isAtLeast: boolean;
  /** For `after`; null on the last page. */
  readonly next: string | null;
}
