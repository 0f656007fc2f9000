/**
 * The search: every configuration that can be reached from one input, nearest first, so that the first path to a fault is
 * a shortest one.
 *
 * A configuration is the state value, history, active actors with their inputs, the context (or what `abstract` leaves of
 * it) and the ghost ledger. Nothing is fed that cannot happen.
 */
import type { AnyStateMachine } from "xstate";
import { lossIn } from "./durable.ts";
import { Facts } from "./facts.ts";
import type { Findings, Trail } from "./finding.ts";
import { type Advance, FRESH, type Ghost, Judge } from "./ghost.ts";
import { activeChildren, childrenOf, Drive, isMachine, noteAnswer, type Snapshot, stateText } from "./internals.ts";
import { type Move, Moves, type Samples } from "./moves.ts";

export interface View {
  readonly context: unknown;
  readonly value: unknown;
  readonly tags: ReadonlySet<string>;
  readonly status: string;
}

export interface SearchOptions extends Samples {
  /** Failures (terminal error, timeout, cancel) that one run may contain. */
  readonly failures: number;
  /** Most configurations of one input. */
  readonly limit: number;
  /** Tells runs of one step apart where their input holds no `stepKey`. */
  readonly identify?: (step: string, input: unknown) => string | undefined;
  /**
   * What may tell two configurations apart. Unless told: all of a saga's context, and nothing of another machine's, which
   * may count for ever.
   */
  readonly abstract?: (context: unknown) => unknown;
  /** What must hold in every configuration, by name. */
  readonly invariants?: Readonly<Record<string, (view: View) => boolean>>;
  /** Steps that are done before the machine begins: for the second run of a completed saga, which only undoes. */
  readonly held?: readonly string[];
  /**
   * What the host does with an event that a state has no transition for, as the object's definition says; `reject` unless
   * told. An event that is answered with an error is not dropped in silence; a cancel must be accepted all the same.
   */
  readonly unhandled?: "reject" | "ignore";
  /** Events that may be refused anywhere. */
  readonly refuses?: readonly string[];
}

interface Configuration {
  readonly snapshot: Snapshot;
  readonly ghost: Ghost;
  readonly trail: Trail | undefined;
  /** Configurations that lead here. */
  readonly from: Configuration[];
}

export class Search {
  readonly findings: Findings;
  readonly facts: Facts;
  edges = 0;
  readonly ends = new Set<string>();
  readonly #options: SearchOptions;
  readonly #drive: Drive;
  readonly #moves: Moves;
  readonly #judge: Judge;
  readonly #known = new Map<string, Configuration>();
  readonly #queue: Configuration[] = [];
  readonly #comeBack = new Set<string>();

  constructor(machine: AnyStateMachine, input: unknown, findings: Findings, options: SearchOptions) {
    this.#options = options;
    this.findings = findings;
    this.facts = new Facts(machine, options.identify);
    this.#drive = new Drive(machine, input);
    this.#moves = new Moves(machine, this.facts, findings, options);
    this.#judge = new Judge(this.facts, findings);
  }

  get configurations(): number {
    return this.#known.size;
  }

  get visited(): ReadonlySet<string> {
    return this.#drive.visited;
  }

  /** Answers whether the search was complete. */
  run(input: unknown): boolean {
    if (!this.#begin(input)) return true;
    const ended: Configuration[] = [];
    for (const [i, configuration] of this.#queue.entries()) {
      if (i >= this.#options.limit) {
        const advice = "abstract the context, or allow fewer failures";
        this.findings.add(
          "limit",
          `more than ${this.#options.limit} configurations, so nothing is proven: ${advice}`,
          undefined,
        );
        return false;
      }
      this.#explore(configuration, ended);
    }
    const isExact = this.facts.isSaga || this.#options.abstract !== undefined;
    if (this.facts.hasFinal && isExact) this.#judgeTrapped(ended);
    return true;
  }

  #begin(input: unknown): boolean {
    const trail: Trail = { event: "start", state: "", before: undefined };
    let snapshot: Snapshot;
    try {
      snapshot = this.#drive.initial(input);
    } catch (cause) {
      this.findings.add("throws", `the first turn throws: ${messageOf(cause)}`, trail);
      return false;
    }
    const first = { ...trail, state: stateText(snapshot.value) };
    const begun = { label: "start", event: { type: "xstate.init" }, cost: 0 } as const;
    const before = { ...snapshot, children: {} };
    const ghost = this.#ghostAfter(heldAt(this.#options.held ?? []), {
      before,
      after: snapshot,
      move: begun,
      trail: first,
    });
    this.#visit(snapshot, ghost, first, undefined);
    return true;
  }

  #explore(configuration: Configuration, ended: Configuration[]): void {
    const { snapshot, ghost, trail } = configuration;
    this.#judgeStanding(configuration);
    if (snapshot.status !== "active") {
      this.#judgeEnd(configuration);
      ended.push(configuration);
      return;
    }
    const moves = this.#moves.of(snapshot, trail);
    if (moves.length === 0) this.findings.add("dead-end", `nothing leads out of ${stateText(snapshot.value)}`, trail);
    for (const move of moves) {
      if (ghost.failures + move.cost <= this.#options.failures) this.#advance(configuration, move);
    }
  }

  #advance(from: Configuration, move: Move): void {
    const before = from.snapshot;
    const here = stateText(before.value);
    let after: Snapshot;
    const trailTo = (state: string): Trail => ({ event: move.label, state, before: from.trail });
    try {
      after = this.#drive.next(before, move.event);
    } catch (cause) {
      return this.findings.add("throws", `${move.label} in ${here}: ${messageOf(cause)}`, trailTo("throws"), move.own);
    }
    const trail = trailTo(stateText(after.value));
    if (after.status === "error") {
      const message = isThrown(after, move)
        ? `${move.label} in ${here}: ${messageOf(after.error)}`
        : `${here} has no onError for ${move.own ?? move.label}`;
      return this.findings.add(isThrown(after, move) ? "throws" : "object-dies", message, trailTo("error"), move.own);
    }
    const enabled = after === before ? this.#drive.enabled(before, move.event) : [];
    if (after === before)
      return this.#judgeNothing(
        from,
        move,
        trail,
        enabled.some((taken) => this.#drive.reachesOut(taken)),
      );
    this.edges++;
    noteAnswer(before, after, move.outcome === "still" ? undefined : move.own);
    this.#judgeReentry(before, after, move, trail);
    this.#judgeOperator(before, after, move, trail);
    const ghost = this.#ghostAfter(from.ghost, { before, after, move, trail });
    this.#judgeLate(after, move, trail);
    this.#visit(after, ghost, trail, from);
  }

  /** A machine that is no saga keeps no ledger: what it starts may be started for ever. */
  #ghostAfter(ghost: Ghost, advance: Advance): Ghost {
    if (this.facts.isSaga) return this.#judge.advance(ghost, advance);
    return { ...ghost, failures: ghost.failures + advance.move.cost };
  }

  #visit(snapshot: Snapshot, ghost: Ghost, trail: Trail, from: Configuration | undefined): void {
    const key = this.#keyOf(snapshot, ghost);
    const known = this.#known.get(key);
    if (known !== undefined) {
      if (from !== undefined) known.from.push(from);
      return;
    }
    const configuration = { snapshot, ghost, trail, from: from === undefined ? [] : [from] };
    this.#known.set(key, configuration);
    this.#queue.push(configuration);
  }

  #keyOf(snapshot: Snapshot, ghost: Ghost | undefined, actors = activeChildren(snapshot)): string {
    const { abstract } = this.#options;
    const whole = this.facts.isSaga ? snapshot.context : undefined;
    const context = abstract === undefined ? whole : abstract(snapshot.context);
    const children = [...actors].map(([id, child]) => [
      id,
      isMachine(child.logic) ? null : (child.getSnapshot().input ?? null),
    ]);
    const history = Object.entries(snapshot.historyValue).map(([key, nodes]) => [key, nodes.map(({ id }) => id)]);
    return JSON.stringify([snapshot.status, snapshot.value, history, children, context, ghost]);
  }

  #judgeNothing(from: Configuration, move: Move, trail: Trail, reachesOut: boolean): void {
    if (!this.facts.isSaga || reachesOut || move.outcome === "still") return;
    const here = stateText(from.snapshot.value);
    if (move.event.type === "RETRY" && from.snapshot.tags.has("parked")) {
      this.findings.add("retry-does-nothing", `RETRY changes nothing in ${here}`, trail);
    }
    const isInternal = move.own !== undefined || move.event.type.startsWith("xstate.after.");
    if (isInternal) this.findings.add("unhandled", `${move.label} changes nothing in ${here}`, trail, move.own);
  }

  /** A result that leads to the state it came from does not start the actor again. */
  #judgeReentry(before: Snapshot, after: Snapshot, move: Move, trail: Trail): void {
    const { own } = move;
    if (own === undefined || move.outcome === "still" || activeChildren(after).has(own)) return;
    const invoker = this.facts.invokerOf(own);
    if (invoker === undefined || !after._nodes.includes(invoker)) return;
    const stays = this.#drive
      .enabled(before, move.event)
      .some(
        ({ source, target, reenter }) =>
          !reenter && target?.includes(source) === true && source.invoke.some(({ id }) => id === own),
      );
    if (!stays) return;
    const what = `${move.label} leads back to ${stateText(before.value)} without reenter, where ${own} is not started again`;
    this.findings.add("unhandled", what, trail, own);
  }

  #judgeOperator(before: Snapshot, after: Snapshot, move: Move, trail: Trail): void {
    if (move.event.type !== "SKIP" && move.event.type !== "GIVE_UP") return;
    if (JSON.stringify(before.context) !== JSON.stringify(after.context)) return;
    const enabled = this.#drive.enabled(before, move.event);
    if (enabled.length === 0 || enabled.some((taken) => this.#drive.reachesOut(taken))) return;
    this.findings.add(
      "skip-not-recorded",
      `${move.label} in ${stateText(before.value)} leaves no trace in the context`,
      trail,
    );
  }

  /** The same result again, or one that comes too late, must find nobody: the actor has ended. */
  #judgeLate(after: Snapshot, move: Move, trail: Trail): void {
    if (!this.facts.isSaga || move.own === undefined || move.outcome === "still" || after.status !== "active") return;
    if (activeChildren(after).has(move.own)) return; // a new run of the same step: fenced by its invocation id
    if (this.#drive.enabled(after, move.event).length === 0) return;
    const late: Trail = { event: `${move.label} again`, state: stateText(after.value), before: trail };
    this.findings.add("late-result", `${stateText(after.value)} takes a second result of ${move.own}`, late, move.own);
  }

  /** Rules that hold wherever the machine rests. */
  #judgeStanding({ snapshot, ghost, trail }: Configuration): void {
    this.#judgeDurable(snapshot, trail);
    for (const [name, holds] of Object.entries(this.#options.invariants ?? {})) {
      if (!holds(snapshot)) this.findings.add("invariant", `${name} does not hold`, trail);
    }
    if (!this.facts.isSaga || snapshot.status !== "active") return;
    const here = stateText(snapshot.value);
    for (const type of this.#moves.dropped(snapshot, (event) => this.#drive.enabled(snapshot, event).length > 0)) {
      const isSilent = type === "CANCEL" || this.#options.unhandled === "ignore";
      if (!isSilent || this.#options.refuses?.includes(type)) continue;
      this.findings.add("dropped", `${here} does not accept ${type}`, trail);
    }
    const waits = activeChildren(snapshot).size === 0 && !snapshot._nodes.some((node) => node.after.length > 0);
    const isMeant = snapshot.tags.has("parked") || snapshot.tags.has("waiting");
    if (waits && !isMeant && this.#moves.of(snapshot, trail).length > 0 && !ghost.isPastPivot) {
      this.findings.add(
        "forgotten-timeout",
        `${here} may wait for ever: give it an after, or the tag 'waiting'`,
        trail,
      );
    }
  }

  /** A crash between commit and effect: the object comes back from what was stored. */
  #judgeDurable(snapshot: Snapshot, trail: Trail | undefined): void {
    const loss = lossIn(snapshot.context);
    if (loss !== undefined) return this.findings.add("not-durable", `${loss}: it would not survive a crash`, trail);
    const state = JSON.stringify(snapshot.value);
    if (snapshot.status !== "active" || this.#comeBack.has(state)) return;
    this.#comeBack.add(state);
    const here = stateText(snapshot.value);
    try {
      const again = this.#drive.again(snapshot);
      const isSame =
        this.#keyOf(again, undefined, childrenOf(again)) === this.#keyOf(snapshot, undefined, childrenOf(snapshot));
      if (!isSame) this.findings.add("not-durable", `${here} does not come back as it was after a crash`, trail);
    } catch (cause) {
      this.findings.add("not-durable", `${here} does not come back after a crash: ${messageOf(cause)}`, trail);
    }
  }

  #judgeEnd({ snapshot, ghost, trail }: Configuration): void {
    const value = stateText(snapshot.value);
    this.ends.add(value);
    this.#judge.judgeEnd(ghost, snapshot, trail);
    const isTagged = ["success", "compensated", "abandoned"].some((tag) => snapshot.tags.has(tag));
    if (this.facts.isSaga && !isTagged) {
      this.findings.add("untagged-final", `${value} is final, and not tagged success, compensated or abandoned`, trail);
    }
  }

  /** Configurations from which no end can be reached, found backwards from the ends. */
  #judgeTrapped(ended: readonly Configuration[]): void {
    const good = new Set<Configuration>();
    const stack = [...ended];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (good.has(at)) continue;
      good.add(at);
      stack.push(...at.from);
    }
    for (const configuration of this.#queue) {
      if (good.has(configuration)) continue;
      this.findings.add(
        "no-way-out",
        `no end can be reached from ${stateText(configuration.snapshot.value)}`,
        configuration.trail,
      );
    }
  }
}

function heldAt(entries: readonly string[]): Ghost {
  const open = entries.map((name, seq) => ({ name, step: name.replace(/\[\d+\]$/, ""), isMaybe: false, seq }));
  return { ...FRESH, open, seq: open.length };
}

/** XState turns a throw into the same status as a failure that nobody handles; the error tells them apart. */
function isThrown(after: Snapshot, move: Move): boolean {
  return after.error !== move.event["error"];
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : JSON.stringify(cause));
