/** Turns as they are shown: what came, what the machine did with it, and what is different since. */
import { trailOf } from "../core/trail.ts";
import type { TurnRow } from "../ports/views.ts";
import type { JournalRow, TurnShown } from "./api.ts";
import { diffOf } from "./diff.ts";
import { type Machine, stateText } from "./machines.ts";
import { transitionsOf } from "./past.ts";
import type { FieldPath } from "./sensitive.ts";
import { parsed, show } from "./show.ts";
import { timerLabel } from "./words.ts";

/** A state view as the journal keeps it. */
export interface KeptView {
  readonly status: JournalRow["status"];
  readonly value: unknown;
  readonly tags: readonly string[];
  readonly context: unknown;
  readonly output: unknown;
  readonly killed?: { readonly by: string; readonly reason: string };
  readonly refused?: unknown;
}

export const viewOf = (row: TurnRow): KeptView => JSON.parse(row.view) as KeptView;

/** What a turn handled, as the event that its machine got. */
export function eventShown(row: TurnRow, machine: Machine | undefined): object {
  const event = parsed(row.event);
  const trail = trailOf(row.trail);
  const taken = trail !== undefined && trail.machine === machine?.about.version ? transitionsOf(trail) : [];
  const shown = show(event, secretsOf(row.kind, event, actorOf(taken, machine), machine));
  const { type, timer, ok, value } = (shown ?? {}) as Readonly<Record<string, unknown>>;
  switch (row.kind) {
    case "create":
      return { type: "xstate.init", input: shown };
    case "timer":
      return { type: String(timer).replace(/^[^#]*#/, "") };
    case "result": {
      const id = actorOf(taken, machine) ?? "";
      return ok === false
        ? { type: `xstate.error.actor.${id}`, error: value }
        : { type: `xstate.done.actor.${id}`, output: value };
    }
    default:
      return typeof type === "string" ? (shown as object) : { type: `stator.${row.kind}`, data: shown };
  }
}

/** `rows` newest first; the last one is only for what was before, where it is not the first turn of all. */
export function journalRows(rows: readonly TurnRow[], limit: number, machine: Machine | undefined): JournalRow[] {
  const views = rows.map(viewOf);
  return rows.slice(0, limit).flatMap((row, i) => {
    const view = views[i];
    return view === undefined ? [] : [journalRow(row, view, views[i + 1], machine)];
  });
}

function journalRow(
  row: TurnRow,
  view: KeptView,
  before: KeptView | undefined,
  machine: Machine | undefined,
): JournalRow {
  const trail = trailOf(row.trail);
  const event = parsed(row.event);
  const taken = trail !== undefined && trail.machine === machine?.about.version ? transitionsOf(trail) : [];
  const secret = machine?.about.sensitive.context ?? [];
  return {
    turn: row.revision,
    messageId: row.messageId,
    kind: row.kind,
    label: labelOf(row, event, taken, machine),
    event: show(event, secretsOf(row.kind, event, actorOf(taken, machine), machine)),
    from: before === undefined ? undefined : stateText(before.value),
    to: stateText(view.value),
    status: view.status,
    condition: row.kind === "refused" || (event as { ok?: unknown } | null)?.ok === false ? "error" : "ok",
    source: row.source,
    committedAt: row.committedAt,
    version: trail?.machine,
    host: trail?.host,
    epoch: row.epoch,
    traceparent: trail?.traceparent,
    ...turnShown(trail, taken, machine),
    ...diffOf(before?.context, view.context, secret),
  };
}

export function turnShown(
  trail: ReturnType<typeof trailOf>,
  taken: readonly number[],
  machine: Machine | undefined,
): Omit<TurnShown, "diff" | "isDiffCut"> {
  const { guards = [], sends = [], timersSet = [], timersCleared = [], invoked = [], aborted = [] } = trail ?? {};
  return {
    taken,
    guards: guards.map(([name, passed]) => ({ name, passed })),
    actions: sends.filter(([kind]) => kind === "action").map(([, target]) => target),
    sends: sends.filter(([kind]) => kind !== "action").map(([kind, target]) => ({ kind, target })),
    timersSet: timersSet.map(([timer, delayMs]) => ({ timer, label: timerLabel(timer, machine), delayMs })),
    timersCleared: timersCleared.map((timer) => ({ timer, label: timerLabel(timer, machine) })),
    invoked: invoked.map(([id, actor]) => ({ id, actor })),
    aborted,
  };
}

/** The promise actor whose end began the turn. */
function actorOf(taken: readonly number[], machine: Machine | undefined): string | undefined {
  const transition = machine?.transition(taken[0] ?? -1);
  const [, id] = /^xstate\.(?:done|error)\.actor\.(.*)$/s.exec(transition?.trigger.event ?? "") ?? [];
  return machine?.state(transition?.source ?? "")?.invokes.find((invoke) => invoke.id === id)?.src ?? id;
}

function labelOf({ kind }: TurnRow, event: unknown, taken: readonly number[], machine: Machine | undefined): string {
  const { type, timer, ok, event: inner } = (event ?? {}) as Readonly<Record<string, unknown>>;
  switch (kind) {
    case "event":
      return String(type);
    case "create":
      return "created";
    case "refused":
      return `${String(type)} refused`;
    case "delayed":
      return `${String((inner as { type?: unknown } | undefined)?.type)} later`;
    case "timer":
      return timerLabel(String(timer), machine);
    case "result":
      return `${actorOf(taken, machine) ?? "result"} ${ok === false ? "error" : "done"}`;
    default:
      return typeof type === "string" ? `${type} (${kind})` : kind;
  }
}

/** Which fields of what a turn carried are secret. Of what cannot be told apart everything is, where anything is secret. */
function secretsOf(
  kind: string,
  event: unknown,
  actor: string | undefined,
  machine: Machine | undefined,
): readonly FieldPath[] {
  if (machine === undefined) return [];
  const { events, input, actorOutput } = machine.about.sensitive;
  const { type, event: inner } = (event ?? {}) as {
    readonly type?: unknown;
    readonly event?: { readonly type?: unknown };
  };
  const of = (name: unknown): readonly FieldPath[] => (typeof name === "string" ? (events[name] ?? []) : []);
  const within = (key: string, paths: readonly FieldPath[]): readonly FieldPath[] =>
    paths.map((path) => [key, ...path]);
  switch (kind) {
    case "event":
    case "refused":
    case "canceled":
      return of(type);
    case "create":
      return input;
    case "delayed":
      return within("event", of(inner?.type));
    case "result": {
      if ((event as { readonly ok?: unknown }).ok === false) {
        return actor === undefined || machine.hidesErrorsOf(actor) ? within("value", [["message"], ["data"]]) : [];
      }
      const known = actor === undefined ? undefined : actorOutput[actor];
      return within("value", known ?? (Object.values(actorOutput).some((paths) => paths.length > 0) ? [[]] : []));
    }
    case "skipped":
      return within("skipped", Object.values(events).some((paths) => paths.length > 0) ? [["event"]] : []);
    default:
      return [];
  }
}
