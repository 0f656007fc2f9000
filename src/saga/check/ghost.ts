/**
 * The ledger that the machine cannot see: what is really done, maybe done and undone, whatever the machine believes. It
 * judges, so a machine whose own bookkeeping is wrong is caught.
 */
import { type Facts, isUndo, UNDO } from "./facts.ts";
import type { Findings, Trail } from "./finding.ts";
import { activeChildren, type Child, isMachine, type Snapshot } from "./internals.ts";
import type { Move } from "./moves.ts";

/** One run of a step's action. */
interface Run {
  /** The actor's id. */
  readonly step: string;
  /** Tells runs of one step apart: its entry, `subscription[1]`. */
  readonly name: string;
  readonly isMaybe: boolean;
  readonly seq: number;
}

export interface Ghost {
  readonly seq: number;
  /** Done or maybe done and not undone, in that order. */
  readonly open: readonly Run[];
  readonly undone: readonly Run[];
  readonly skipped: readonly string[];
  readonly parked: readonly string[];
  readonly failures: number;
  readonly isCompensating: boolean;
  readonly isPastPivot: boolean;
}

export const FRESH: Ghost = {
  seq: 0,
  open: [],
  undone: [],
  skipped: [],
  parked: [],
  failures: 0,
  isCompensating: false,
  isPastPivot: false,
};

const isConfirm = (id: string): boolean => id.startsWith("confirm:");

/** One step of the search, as the rules see it. */
export interface Advance {
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly move: Move;
  readonly trail: Trail;
}

type Draft = { -readonly [K in keyof Ghost]: Ghost[K] };

/** Takes the ghost along a move, and reports what a compensation or a step must not do. */
export class Judge {
  readonly #facts: Facts;
  readonly #findings: Findings;

  constructor(facts: Facts, findings: Findings) {
    this.#facts = facts;
    this.#findings = findings;
  }

  advance(ghost: Ghost, step: Advance): Ghost {
    const { before, after, move } = step;
    const next: Draft = { ...ghost, failures: ghost.failures + move.cost };
    const was = activeChildren(before);
    const is = activeChildren(after);
    if (move.own !== undefined) this.#settle(next, before, was.get(move.own), move);
    for (const [id, child] of was) {
      // Stopped without a result, by a timeout, a cancel or a sibling: its action may have happened.
      if (id === move.own || is.get(id) === child || isUndo(id) || isMachine(child.logic)) continue;
      this.#open(next, id, this.#nameOf(id, child), true);
    }
    if (move.event.type === "SKIP") {
      const still = stepsParked(after);
      const isStill = (name: string): boolean => still.has(name.replace(/\[\d+\]$/, ""));
      next.skipped = [...next.skipped, ...next.parked.filter((name) => !isStill(name))];
      next.parked = next.parked.filter(isStill);
    }
    for (const [id, child] of is) if (was.get(id) !== child) this.#start(next, id, child, step);
    if (after.tags.has("afterPivot")) next.isPastPivot = true;
    return next;
  }

  /** What a finished saga may not leave behind. */
  judgeEnd(ghost: Ghost, snapshot: Snapshot, trail: Trail | undefined): void {
    const left = ghost.open.filter((run) => this.#facts.hasUndo(run.step) && !ghost.skipped.includes(run.name));
    if (snapshot.tags.has("compensated")) {
      for (const run of left) {
        const what = `${run.name} (${run.isMaybe ? "maybe done" : "done"})`;
        this.#findings.add("not-compensated", `${what} is left behind`, trail, run.step);
      }
    }
    if (!snapshot.tags.has("success")) return;
    for (const run of left.filter((each) => each.isMaybe)) {
      this.#findings.add("left-uncertain", `${run.name} may have happened, and success is reported`, trail, run.step);
    }
    const [undone] = ghost.undone;
    if (undone !== undefined)
      this.#findings.add("failure-swallowed", `${undone.name} was undone, and success is reported`, trail, undone.step);
  }

  /** An actor has answered. */
  #settle(next: Draft, before: Snapshot, child: Child | undefined, move: Move): void {
    const id = move.own;
    if (id === undefined || child === undefined || move.outcome === "still") return;
    if (isUndo(id)) return this.#settleUndo(next, id, child, move);
    const name = this.#nameOf(id, child);
    if (move.outcome === "done") return this.#open(next, id, name, false);
    if (move.outcome === "abandoned") next.isPastPivot = true;
    if (move.outcome === "failed" && !this.#facts.failsClean(before, id)) this.#open(next, id, name, true);
  }

  #settleUndo(next: Draft, id: string, child: Child, move: Move): void {
    const run = this.#target(next, id, child);
    if (run === undefined) return; // reported when it started
    next.parked = next.parked.filter((name) => name !== run.name);
    if (move.outcome === "failed") {
      next.parked = [...next.parked, run.name];
      return;
    }
    next.undone = [...next.undone, run];
    next.open = next.open.filter((each) => each !== run);
  }

  #open(next: Draft, step: string, name: string, isMaybe: boolean): void {
    if (isConfirm(step)) return;
    const others = next.open.filter((run) => !(run.name === name && (run.isMaybe || isMaybe)));
    next.open = [...others, { step, name, isMaybe, seq: next.seq++ }];
  }

  #start(next: Draft, id: string, child: Child, { after, trail }: Advance): void {
    if (isUndo(id)) return this.#startUndo(next, id, child, trail);
    if (next.isCompensating) {
      this.#findings.add("forward-after-undo", `${id} starts after a compensation began`, trail, id);
    }
    if (isConfirm(id)) next.isPastPivot = true;
    else if (!next.isPastPivot && !after.tags.has("afterPivot") && this.#facts.lacksCompensation(after, id)) {
      const remedy = `give it a compensation, or none(reason)`;
      this.#findings.add("no-compensation", `${id} can be left behind: ${remedy}`, trail, id);
    }
  }

  #startUndo(next: Draft, id: string, child: Child, trail: Trail): void {
    const step = id.slice(UNDO.length);
    const run = this.#target(next, id, child);
    next.isCompensating = true;
    if (next.isPastPivot) {
      this.#findings.add("undo-after-pivot", `${id} starts after the point of no return`, trail, step);
    }
    if (run === undefined) {
      const wasUndone = next.undone.some((each) => each.step === step);
      if (wasUndone) this.#findings.add("undo-twice", `${step} is undone a second time`, trail, step);
      else this.#findings.add("undo-without-action", `${step} is undone, and it never started`, trail, step);
      return;
    }
    const later = next.open.filter(
      (each) =>
        each.seq > run.seq &&
        this.#facts.hasUndo(each.step) &&
        !next.skipped.includes(each.name) &&
        !this.#facts.runTogether(each.step, run.step),
    );
    const [first] = later;
    if (first !== undefined)
      this.#findings.add("order", `${run.name} is undone before ${first.name}, which came after it`, trail, step);
  }

  /** The run that a compensation is for: by the step key, else the last open one of its step. */
  #target(ghost: Ghost, id: string, child: Child): Run | undefined {
    const step = id.slice(UNDO.length);
    const runs = ghost.open.filter((run) => run.step === step);
    const name = this.#facts.identify(step, child.getSnapshot().input);
    return runs.findLast((run) => run.name === name) ?? runs.findLast((run) => run.name === step);
  }

  #nameOf(id: string, child: Child): string {
    return this.#facts.identify(id, child.getSnapshot().input) ?? id;
  }
}

/** Steps whose compensation waits for an operator. */
function stepsParked(snapshot: Snapshot): ReadonlySet<unknown> {
  const parked = snapshot._nodes.filter((node) => node.tags.includes("parked"));
  return new Set(parked.map((node) => node.meta?.undoes ?? node.parent?.meta?.undoes));
}
