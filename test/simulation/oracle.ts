/**
 * What each object of `programs.ts` must do with a message: pure, and written without XState. A journal is folded with
 * it and compared, row by row, with what the product stored.
 */
import { type Account, credit, debit, OPENING_BALANCE, refund } from "./bank.ts";

/** A journal row, as far as the state of the object follows from it. */
export interface Entry {
  readonly revision: number;
  readonly kind: string;
  /** What the message carried. */
  readonly event: unknown;
}

export interface Model {
  readonly value: string;
  readonly status: string;
  readonly context: Record<string, unknown>;
  /** Generations of armed timers, with the event they deliver. */
  readonly armed: ReadonlyMap<number, unknown>;
  /** Revision of the turn that started the running invocation. */
  readonly running: number | undefined;
}

export interface Step {
  readonly model: Model;
  /** Kind and target of each effect that leaves the object, in order. */
  readonly out: readonly string[];
  /** What must not have happened. */
  readonly fault?: string;
}

interface Event {
  readonly type: string;
  readonly [property: string]: unknown;
}

type Behave = (
  model: Model,
  event: Event,
  revision: number,
) => Omit<Step, "model"> & { readonly model?: Partial<Model> };

const NO_TIMERS: ReadonlyMap<number, unknown> = new Map();
const born = (value: string, context: Record<string, unknown>): Model => ({
  value,
  status: "active",
  context,
  armed: NO_TIMERS,
  running: undefined,
});

const list: Behave = ({ context }, event) => ({
  model: { context: { ids: [...(context["ids"] as string[]), event["id"]] } },
  out: event.type === "TELL" ? [`send notes/${event["to"]}`] : [],
});

const notes: Behave = ({ context }, event) => ({
  model: { context: { texts: [...(context["texts"] as string[]), event["text"]] } },
  out: [],
});

const counter: Behave = ({ context }, event) => ({
  model: { context: { count: (context["count"] as number) + (event["amount"] as number) } },
  out: [],
});

const courier: Behave = ({ context, armed }, event, revision) => {
  const asked = (context["asked"] as number) + 1;
  const to = `send counter/${event["counter"]}`;
  switch (event.type) {
    case "FIRED":
      return { out: [`send counter/${(event["armedWith"] as Event)["counter"]}`] };
    case "LATER":
      return { model: { context: { asked }, armed: new Map(armed).set(revision, event) }, out: [] };
    case "CALL":
      return { model: { context: { asked } }, out: ["action add"] };
    default:
      return { model: { context: { asked } }, out: [to, "emit ASKED"] };
  }
};

const alarm: Behave = ({ value, context }, event, revision) => {
  const log = context["log"] as string[];
  if (event.type === "ARM") {
    const next = { delayMs: event["delayMs"], log: [...log, "arm"] };
    return { model: { value: "armed", context: next, armed: new Map([[revision, event]]) }, out: [] };
  }
  if (value === "idle") return { out: [], fault: `${event.type} was applied to an alarm that is not armed` };
  const done = event.type === "CANCEL" ? "cancel" : "ring";
  return { model: { value: "idle", context: { ...context, log: [...log, done] }, armed: NO_TIMERS }, out: [] };
};

const fragile: Behave = (_, event, revision) => {
  if (event.type === "LIGHT") return { model: { value: "lit", armed: new Map([[revision, event]]) }, out: [] };
  return event.type === "NOTE" ? { out: [] } : { out: [], fault: "a turn that throws was committed" };
};

const job: Behave = ({ value, context, running }, event, revision) => {
  if (event.type === "START")
    return { model: { value: "working", context: { ...context, plan: event["plan"] }, running: revision }, out: [] };
  if (event.type === "STOP") return { model: { value: "idle", running: undefined }, out: [] };
  const startedAt = Number(String(event["invocationId"]).split("/").at(-2));
  if (value !== "working" || startedAt !== running)
    return { out: [], fault: `a result of revision ${startedAt} was taken, ${running ?? "nothing"} is running` };
  const result = event["ok"] === true ? (event["value"] as { receipt: string }).receipt : "failed";
  const results = [...(context["results"] as string[]), result];
  return { model: { value: "idle", context: { ...context, results }, running: undefined }, out: [] };
};

const account: Behave = ({ context }, event) => {
  const before = context as unknown as Account;
  const step = event as unknown as { transfer: string; amount: number; refuse: boolean };
  const after =
    event.type === "DEBIT"
      ? debit(before, step)
      : event.type === "CREDIT"
        ? credit(before, step)
        : refund(before, step);
  const context_ = after as unknown as Record<string, unknown>;
  return { model: { context: context_ }, out: [`send transfer/${step.transfer}`] };
};

const transfer: Behave = ({ value, context }, { type }) => {
  const compensating = { model: { value: "compensating", armed: NO_TIMERS }, out: [`send account/${context["from"]}`] };
  const end = (to: string): ReturnType<Behave> => ({ model: { value: to, status: "done", armed: NO_TIMERS }, out: [] });
  if (value === "debiting" && type === "DEBITED")
    return { model: { value: "crediting", armed: NO_TIMERS }, out: [`send account/${context["to"]}`] };
  if (value === "debiting" && type === "REFUSED") return end("failed");
  if (value === "debiting" && type === "FIRED") return compensating;
  if (value === "crediting" && type === "CREDITED") return end("completed");
  if (value === "crediting" && type === "REFUSED") return compensating;
  if (value === "compensating" && type === "REFUNDED") return end("compensated");
  return { out: [] };
};

const clerk: Behave = ({ context, running }, event, revision) => {
  if (event.type === "RESET") return { model: { value: "idle", running: undefined }, out: [] };
  if (event.type === "RESULT") {
    const startedAt = Number(String(event["invocationId"]).split("/").at(-2));
    if (startedAt !== running)
      return { out: [], fault: `an answer to revision ${startedAt} was taken, ${running ?? "nothing"} waits` };
    const answers = [...(context["answers"] as string[]), event["ok"] === true ? "answered" : "refused"];
    return { model: { value: "idle", context: { ...context, answers }, running: undefined }, out: [] };
  }
  const { type, ...noted } = event;
  const [value, ask] = ERRANDS[type] ?? ["?", "?"];
  return {
    model: { value, context: { ...context, ...noted }, running: revision },
    out: [`${ask}/${event["key"]}`],
  };
};

const ERRANDS: Readonly<Record<string, readonly [state: string, effect: string]>> = {
  COUNT: ["counting", "ask counter"],
  SILENCE: ["silencing", "ask alarm"],
  HIRE: ["hiring", "create errand"],
};

/** It tells its creator, whose key is the first part of its own. */
const errand: Behave = () => ({ model: { value: "over", status: "done", armed: NO_TIMERS }, out: ["result clerk/*"] });

interface Program {
  readonly behave: Behave;
  readonly born: () => Model;
}

const PROGRAMS: Readonly<Record<string, Program>> = {
  list: { behave: list, born: () => born("", { ids: [] }) },
  notes: { behave: notes, born: () => born("", { texts: [] }) },
  counter: { behave: counter, born: () => born("", { count: 0 }) },
  courier: { behave: courier, born: () => born("", { asked: 0 }) },
  alarm: { behave: alarm, born: () => born("idle", { delayMs: 0, log: [] }) },
  fragile: { behave: fragile, born: () => born("dark", {}) },
  job: { behave: job, born: () => born("idle", { plan: "", results: [] }) },
  account: { behave: account, born: () => born("", { balance: OPENING_BALANCE, seen: {} }) },
  clerk: { behave: clerk, born: () => born("idle", { key: "", amount: 0, answers: [] }) },
  errand: { behave: errand, born: () => born("working", {}) },
  transfer: { behave: transfer, born: () => born("debiting", {}) },
};

/** One message more; `model` undefined where the object is not born yet. */
export function step(name: string, model: Model | undefined, entry: Entry): Step {
  const program = PROGRAMS[name];
  if (program === undefined) throw new Error(`no oracle for ${name}`);
  const before = model ?? program.born();
  switch (entry.kind) {
    case "create": {
      const context = entry.event as Record<string, unknown>;
      const armed = new Map([[entry.revision, undefined]]);
      return {
        model: { ...before, context, armed },
        out: name === "errand" ? [] : [`send account/${context["from"]}`],
      };
    }
    case "refused":
      return { model: before, out: [] };
    case "killed":
      return kill(name, before);
    case "purged":
      return { model: { ...before, value: "", context: {}, status: "purged", armed: NO_TIMERS }, out: [] };
    case "skipped":
      return skip(before, entry);
    case "canceled": // the machine's own event
      return go(program, before, entry.event as Event, entry.revision);
    case "delayed": {
      const { event } = entry.event as { event: unknown };
      return { model: { ...before, armed: new Map(before.armed).set(entry.revision, event) }, out: [] };
    }
    case "timer":
      return fire(program, before, entry);
    case "result":
      return go(program, before, { type: "RESULT", ...(entry.event as object) }, entry.revision);
    default:
      return go(program, before, entry.event as Event, entry.revision);
  }
}

/** Stops as it is; whoever made it is told, and what it made goes with it. */
function kill(name: string, before: Model): Step {
  const out = name === "errand" ? ["result clerk/*"] : [];
  if (name === "clerk" && before.value === "hiring") out.push(`kill errand/${before.context["key"]}`);
  return { model: { ...before, status: "stopped", armed: NO_TIMERS, running: undefined }, out };
}

/** An operator takes a message out; the timer that it would have used up is forgotten. */
function skip(before: Model, { event }: Entry): Step {
  const { kind, event: carried } = (event as { skipped: { kind: string; event: unknown } }).skipped;
  const armed = new Map(before.armed);
  if (kind === "timer") armed.delete((carried as { generation: number }).generation);
  return { model: { ...before, armed }, out: [] };
}

/** A timer fires once, in the generation that was armed last, and only while it is armed. */
function fire(program: Program, before: Model, entry: Entry): Step {
  const { generation } = entry.event as { generation: number };
  if (!before.armed.has(generation))
    return { model: before, out: [], fault: `timer of generation ${generation} fired, it was not armed` };
  const armed = new Map(before.armed);
  const armedWith = armed.get(generation) as Event | undefined;
  armed.delete(generation);
  const event = program.behave === counter ? (armedWith as Event) : { type: "FIRED", armedWith };
  return go(program, { ...before, armed }, event, entry.revision);
}

function go(program: Program, before: Model, event: Event, revision: number): Step {
  const { model, ...rest } = program.behave(before, event, revision);
  return { ...rest, model: { ...before, ...model } };
}
