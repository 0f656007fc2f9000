/** What the checker can say, and how a path is kept: as a chain back to the start, made into a list only for a finding. */

export type FindingKind =
  /** A state tagged `compensated` is reached while something is done or maybe done. */
  | "not-compensated"
  /** Success, though a failed step may have happened and was neither undone nor repeated. */
  | "left-uncertain"
  /** Something was compensated, and then success is reported. */
  | "failure-swallowed"
  /** An earlier step is undone before a later one. */
  | "order"
  | "undo-without-action"
  | "undo-twice"
  /** A step starts after a compensation began; includes a late confirmation. */
  | "forward-after-undo"
  | "undo-after-pivot"
  /** Before the pivot a step has no compensation and nobody said why. */
  | "no-compensation"
  /** A compensation that nothing ever runs. */
  | "unreachable-undo"
  /** No `onError`: a failure ends the whole object. */
  | "object-dies"
  | "throws"
  /** A result or timer that changes nothing: the object would wait for ever. */
  | "unhandled"
  /** A result of an actor that has ended is taken for something. */
  | "late-result"
  /** What the context holds does not survive a crash. */
  | "not-durable"
  /** An event that the machine declares is not accepted here, and no state says so. */
  | "dropped"
  /** Waits for somebody, and nothing ends the wait. */
  | "forgotten-timeout"
  | "dead-end"
  | "no-way-out"
  | "skip-not-recorded"
  | "retry-does-nothing"
  | "untagged-final"
  | "invariant"
  /** No value was found for an input, a payload or a result: give one. */
  | "no-sample"
  /** Cut short: not a proof. */
  | "limit";

export interface PathStep {
  readonly event: string;
  /** The state after the event. */
  readonly state: string;
}

export interface Finding {
  readonly kind: FindingKind;
  readonly step?: string;
  readonly message: string;
  /** A shortest one. */
  readonly path: readonly PathStep[];
  /** Where the path ends, as a state's path; absent where there is none. */
  readonly state?: string;
  /** The file that defines the machine, where whoever asked knows it. */
  readonly file?: string;
}

/** A path from its end back to the start. */
export interface Trail {
  readonly event: string;
  readonly state: string;
  readonly before: Trail | undefined;
}

export function pathOf(trail: Trail | undefined): readonly PathStep[] {
  const path: PathStep[] = [];
  for (let at = trail; at !== undefined; at = at.before) path.unshift({ event: at.event, state: at.state });
  return path;
}

/** Keeps the first finding of each kind and message: the search is breadth first, so its path is a shortest one. */
export class Findings {
  readonly #found = new Map<string, Finding>();

  add(kind: FindingKind, message: string, trail: Trail | undefined, step?: string): void {
    const key = `${kind}: ${message}`;
    if (this.#found.has(key)) return;
    const state = trail?.state ? { state: trail.state } : {};
    this.#found.set(key, { kind, message, path: pathOf(trail), ...state, ...(step === undefined ? {} : { step }) });
  }

  get list(): readonly Finding[] {
    return [...this.#found.values()];
  }
}
