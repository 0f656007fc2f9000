/** One object: as it is now, or as it was after one of its turns. */
import { type Address, formatAddress } from "../core/address.ts";
import { parkedOf } from "../core/parking.ts";
import type { Condition, Flag, IncomingRow, TurnRow, WholeObject } from "../ports/views.ts";
import type { IncomingShown, InvocationShown, ObjectView, OutgoingShown, ParkedShown, TimerShown } from "./api.ts";
import { type KeptView, viewOf } from "./journal.ts";
import { type Machine, stateText } from "./machines.ts";
import { acceptedTypes, nextSteps } from "./next.ts";
import type { Past } from "./past.ts";
import { ledgerIn, sagaShown } from "./saga.ts";
import type { FieldPath } from "./sensitive.ts";
import { parsed, show, showText } from "./show.ts";
import { stuckOf } from "./stuck.ts";
import { verdictOf } from "./verdict.ts";
import { actorIn, errorOf, errorShown, errorText, timerLabel, withoutMessage } from "./words.ts";

export interface ObjectFacts {
  readonly address: Address;
  readonly whole: WholeObject;
  readonly incoming: readonly IncomingRow[];
  /** The turn that is shown; undefined where the journal no longer has it. */
  readonly turn: TurnRow | undefined;
  readonly past: Past;
  readonly machine: Machine | undefined;
  readonly machineOf: (name: string) => Machine | undefined;
}

/** The moment that is shown. */
interface Moment {
  readonly at: string;
  readonly turn: number;
  readonly isLive: boolean;
  readonly view: KeptView;
  readonly condition: Condition;
  readonly flags: readonly Flag[];
  readonly since: string;
  readonly timers: readonly TimerShown[];
  readonly invocations: readonly InvocationShown[];
}

export function objectView(facts: ObjectFacts): ObjectView {
  const { address, whole, past, machine } = facts;
  const moment =
    facts.turn === undefined || facts.turn.revision === whole.revision ? now(facts) : then(facts, facts.turn);
  const { view, isLive, invocations, timers } = moment;
  const active = machine?.activeIn(view.value) ?? [];
  const isActive = view.status === "active";
  const next = machine === undefined || !isActive ? [] : nextSteps(machine, active, { timers, invocations });
  const path = past.overlay.path.map(({ transition }) => transition);
  const saga =
    machine && sagaShown({ machine, context: view.context, tags: view.tags, isActive, path, running: invocations });
  const accepts = machine === undefined || !isActive ? [] : acceptedTypes(machine, active);
  const isPaused = moment.flags.includes("paused");
  const stuck = isLive ? stuckOf({ ...moment, status: view.status, active, isPaused }, machine) : undefined;
  const parked = isLive ? parkedShown(whole.parked, machine) : undefined;
  const secret = machine?.about.sensitive;
  const { parked: _, ...stored } = pick(whole);
  return {
    ...address,
    at: moment.at,
    turn: moment.turn,
    lastTurn: whole.revision,
    isLive,
    verdict: verdictOf({ ...moment, ...told(facts, moment, active), accepts, parked, stuck, held: saga?.held ?? [] }),
    condition: moment.condition,
    stuck,
    flags: moment.flags,
    status: view.status,
    value: view.value,
    state: stateText(view.value),
    tags: view.tags,
    context: show(view.context, secret?.context),
    output: show(view.output, secret?.output),
    since: moment.since,
    ...stored,
    parked,
    overlay: {
      active: [...active],
      ...past.overlay,
      next: next.flatMap(({ branches }) => branches.map(({ transition }) => transition)),
    },
    pathFrom: past.from,
    timers,
    invocations,
    outgoing: isLive ? outgoingOf(facts) : [],
    incoming: isLive ? incomingOf(facts) : [],
    next,
    accepts,
    links: past.links,
    saga,
  };
}

const pick = ({ version, createdAt, updatedAt, partition, host, parked }: WholeObject) => ({
  version,
  createdAt,
  updatedAt,
  partition,
  host,
  parked,
});

function now({ whole, turn, machine }: ObjectFacts): Moment {
  const { status, value, tags } = whole;
  const kept = turn === undefined ? snapshotOf(whole) : viewOf(turn);
  const { timers, invocations } = whole;
  const paths = pathsIn(whole.snapshot);
  const isParked = whole.parked !== undefined && parkedOf(whole.parked).kind === "invocation";
  return {
    at: whole.at,
    turn: whole.revision,
    isLive: true,
    view: { ...kept, status, value, tags },
    condition: whole.condition,
    flags: whole.flags,
    since: whole.since,
    timers: timers.map(({ timer, dueAt }) => timerShown(timer, dueAt, machine, paths.timers.get(timer))),
    invocations: invocations.map(({ id, actor, input, attempts, nextAt, lastError }) => ({
      id,
      actor,
      invokeId: paths.invokes.get(id),
      input: showText(input, machine?.about.sensitive.actorInput[actor]),
      attempts,
      maxAttempts: machine?.about.maxAttempts[actor],
      lastError: errorShown(lastError, machine?.hidesErrorsOf(actor)),
      nextAt: attempts > 0 && Date.parse(nextAt) > Date.parse(whole.at) ? nextAt : undefined,
      isParked: isParked && parkedOf(whole.parked ?? "").messageId === `result/${id}`,
    })),
  };
}

/** Attempts are of the present: of the past it is known what ran, not how often. */
function then({ past, machine }: ObjectFacts, turn: TurnRow): Moment {
  const view = viewOf(turn);
  const running = past.invocations.map(
    ({ id, actor }): InvocationShown => ({
      id,
      actor,
      invokeId: undefined,
      input: undefined,
      attempts: 0,
      maxAttempts: machine?.about.maxAttempts[actor],
      lastError: undefined,
      nextAt: undefined,
      isParked: false,
    }),
  );
  return {
    at: turn.committedAt,
    turn: turn.revision,
    isLive: false,
    view,
    condition: conditionThen(view, running.length > 0),
    flags: running.length > 0 ? ["running"] : [],
    since: turn.committedAt,
    timers: past.timers.map(({ timer, dueAt }) => timerShown(timer, dueAt, machine, undefined)),
    invocations: running,
  };
}

function conditionThen({ status, tags }: KeptView, isRunning: boolean): Condition {
  if (status === "active") {
    if (tags.includes("parked")) return "parked";
    if (tags.includes("compensation")) return "compensating";
    return isRunning ? "running" : "waiting";
  }
  if (status === "stopped") return "killed";
  if (status === "error" || tags.includes("abandoned")) return "failed";
  return tags.includes("compensated") ? "canceled" : "done";
}

function timerShown(timer: string, dueAt: string, machine: Machine | undefined, event: string | undefined): TimerShown {
  const sendId = timer.slice(timer.indexOf("#") + 1);
  const known = machine?.model.transitions.find(({ trigger }) => trigger.kind === "after" && trigger.event === sendId);
  return { timer, label: timerLabel(timer, machine, event), dueAt, event, transition: known?.index };
}

/** What the envelope tells of timers and invocations beside what their rows say: event types, and ids of invokes. */
function pathsIn(snapshot: string): {
  readonly timers: ReadonlyMap<string, string>;
  readonly invokes: ReadonlyMap<string, string>;
} {
  const { timers, invocations } = (parsed(snapshot) ?? {}) as {
    readonly timers?: readonly { readonly timer: string; readonly event?: { readonly type?: string } }[];
    readonly invocations?: Readonly<Record<string, { readonly id: string }>>;
  };
  return {
    timers: new Map((timers ?? []).map(({ timer, event }) => [timer, event?.type ?? ""])),
    invokes: new Map(Object.entries(invocations ?? {}).map(([path, { id }]) => [id, path])),
  };
}

/** For an object whose journal no longer has its last turn. */
function snapshotOf({ snapshot, status, value, tags }: WholeObject): KeptView {
  const { snapshot: inner } = (parsed(snapshot) ?? {}) as { readonly snapshot?: Partial<KeptView> };
  return { status, value, tags, context: inner?.context, output: inner?.output };
}

function parkedShown(text: string | undefined, machine: Machine | undefined): ParkedShown | undefined {
  if (text === undefined) return undefined;
  const { reason: told, since, messageId, attempts } = parkedOf(text);
  const reason = machine?.hidesErrorsOf(actorIn(told) ?? "") ? withoutMessage(told) : told;
  return { reason, since: since === "" ? undefined : since, messageId, attempts };
}

const outgoingOf = ({ whole, machine, machineOf }: ObjectFacts): readonly OutgoingShown[] =>
  whole.outgoing.map(({ revision, kind, target, body, parked }) => {
    const value = parsed(body);
    const receiver = machineOf(target.split("/")[0] ?? "");
    return {
      revision,
      kind,
      target,
      body: show(value, secretsOfEffect(kind, value, machine, receiver)),
      parked: parked === undefined ? undefined : parkedOf(parked).reason,
    };
  });

const incomingOf = ({ incoming, machine, machineOf }: ObjectFacts): readonly IncomingShown[] =>
  incoming.map(({ from, revision, kind, body, parked }) => {
    const value = parsed(body);
    return {
      from: formatAddress(from),
      revision,
      kind,
      body: show(value, secretsOfEffect(kind, value, machineOf(from.name), machine)),
      parked: parked === undefined ? undefined : parkedOf(parked).reason,
    };
  });

/** An event is masked as its receiver says; what no schema describes is hidden whole where the machine has secrets at all. */
function secretsOfEffect(
  kind: string,
  body: unknown,
  machine: Machine | undefined,
  receiver: Machine | undefined,
): readonly FieldPath[] {
  const { type, event } = (body ?? {}) as { readonly type?: unknown; readonly event?: { readonly type?: unknown } };
  const under = (key: string, paths: readonly FieldPath[] = []): readonly FieldPath[] =>
    paths.map((path) => [key, ...path]);
  switch (kind) {
    case "send":
    case "ask":
      return under("event", receiver?.about.sensitive.events[String(event?.type)]);
    case "create":
      return under("input", receiver?.about.sensitive.input);
    case "emit":
      return machine?.about.sensitive.events[String(type)] ?? anySecret(machine, []);
    case "action":
      return [
        ...under("event", machine?.about.sensitive.events[String(event?.type)]),
        ...anySecret(machine, ["params"]),
      ];
    default:
      return anySecret(machine, ["value"]);
  }
}

function anySecret(machine: Machine | undefined, path: FieldPath): readonly FieldPath[] {
  return (machine?.about.sensitive.context ?? []).length > 0 ? [path] : [];
}

function told({ whole, incoming, machine }: ObjectFacts, { view, isLive }: Moment, active: readonly string[]) {
  const ledger = ledgerIn(view.context);
  const [parked] = Object.entries(ledger?.parked ?? {});
  const failure = parked === undefined ? ledger?.failure : { step: `undo of ${parked[0]}`, error: parked[1] };
  const template = [...active].reverse().flatMap((id) => machine?.about.say[id] ?? [])[0];
  return {
    state: stateText(view.value),
    paused: isLive && whole.paused !== undefined ? pausedText(whole.paused) : undefined,
    waiting: isLive ? incoming.length : 0,
    killed: view.killed,
    failure: failure
      ? { step: failure.step, error: errorText(errorOf(failure.error, machine?.hidesErrorsOf(failure.step))) }
      : undefined,
    say: template && said(template, show(view.context, machine?.about.sensitive.context)),
  };
}

function pausedText(text: string): string {
  const { by, reason } = (parsed(text) ?? {}) as { readonly by?: unknown; readonly reason?: unknown };
  if (typeof reason !== "string") return text;
  return typeof by === "string" ? `${reason}, by ${by}` : reason;
}

/** `{items.0.name}` stands for a field of the context, as it may be shown. */
function said(template: string, context: unknown): string {
  return template.replace(/\{([^{}]+)\}/g, (_, path: string) => {
    const value = path
      .split(".")
      .reduce<unknown>(
        (at, key) => (typeof at === "object" && at !== null ? (at as Record<string, unknown>)[key] : undefined),
        context,
      );
    if (typeof value === "object" && value !== null) return "…";
    return String(value ?? "?");
  });
}
