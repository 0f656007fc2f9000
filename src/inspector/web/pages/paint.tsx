/** What the chart of a machine is painted with beside counts: trouble now, or dwell, errors and ways of the last hours. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { CountsView, IncidentsView, LatelyView, MachineView, StateLately } from "../../api.ts";
import type { ChartOverlay, StateNote } from "../../chart/overlay.ts";
import { useAnswer } from "../ask.ts";
import { duration, plural } from "../format.ts";
import { Tabs, tabOf } from "../parts.tsx";
import { usePlace } from "../place.ts";

export const PAINTS = [
  ["count", "Counts"],
  ["trouble", "Trouble"],
  ["dwell", "Dwell"],
  ["errors", "Errors"],
  ["flow", "Flow"],
] as const;
type PaintName = (typeof PAINTS)[number][0];

/** Minutes. */
const WINDOWS = [
  ["60", "1 h"],
  ["15", "15 min"],
  ["1440", "1 day"],
] as const;

const RECOUNT_MS = 10_000;

export interface Paint {
  readonly overlay: ChartOverlay;
  /** By state id, 0 to 1. */
  readonly heat: Readonly<Record<string, number>> | undefined;
  readonly lately: LatelyView | undefined;
}

export function usePaint(machine: MachineView, counts: CountsView | undefined): Paint {
  const { query } = usePlace();
  const paint = tabOf(query.get("paint"), PAINTS);
  const isTrouble = paint === "trouble";
  const incidents = useAnswer<IncidentsView>(isTrouble ? "incidents" : undefined, RECOUNT_MS).data;
  const lately = useLately(machine.name, paint !== "count" && !isTrouble);
  const overlay = useMemo<ChartOverlay>(
    () => ({
      ...(counts === undefined ? {} : { counts: counts.states }),
      ...(isTrouble ? { errors: errorsOf(incidents, machine) } : {}),
      ...(lately === undefined ? {} : latelyOverlay(paint, lately)),
    }),
    [counts, incidents, lately, paint],
  );
  const heat = useMemo(
    () => (isTrouble ? troubleOf(counts) : lately === undefined ? undefined : latelyHeat(paint, lately)),
    [counts, lately, paint],
  );
  return { overlay, heat, lately };
}

export function useLately(name: string, isWanted: boolean): LatelyView | undefined {
  const minutes = tabOf(usePlace().query.get("window"), WINDOWS);
  const path = `machine/${encodeURIComponent(name)}/lately?minutes=${minutes}`;
  return useAnswer<LatelyView>(isWanted ? path : undefined, RECOUNT_MS).data;
}

/** From when the numbers are, and of how many objects. */
export function PaintKey({ lately }: { readonly lately: LatelyView | undefined }): JSX.Element | undefined {
  const { query } = usePlace();
  const paint = tabOf(query.get("paint"), PAINTS);
  if (paint === "count" || paint === "trouble") return undefined;
  return (
    <div class="paint-key">
      <Tabs name="window" look="pills" tabs={WINDOWS} on={tabOf(query.get("window"), WINDOWS)} />
      <span>{TELLS[paint]}</span>
      {lately === undefined ? undefined : (
        <span class="quiet" data-lately={lately.turns}>
          {plural(lately.turns, "turn")} of {lately.isCut ? "the last " : ""}
          {plural(lately.objects, "object")} that changed
        </span>
      )}
    </div>
  );
}

const TELLS: Readonly<Record<Exclude<PaintName, "count" | "trouble">, string>> = {
  dwell: "median · 95th percentile of the time in a state",
  errors: "stays that a failed promise actor ended",
  flow: "how often each way was taken",
};

function latelyOverlay(paint: PaintName, { states, flow }: LatelyView): Partial<ChartOverlay> {
  if (paint === "flow") return { flow };
  const note = paint === "dwell" ? dwellNote : errorNote;
  const notes = Object.entries(states).flatMap(([id, state]) => {
    const told = note(state);
    return told === undefined ? [] : [[id, told] as const];
  });
  return { notes: Object.fromEntries(notes) };
}

function dwellNote({ stays, p50Ms, p95Ms }: StateLately): StateNote {
  const text = `${duration(p50Ms)} · ${duration(p95Ms)}`;
  return {
    text,
    look: "timer",
    title: `${plural(stays, "stay")}: half of them up to ${duration(p50Ms)}, 95 % up to ${duration(p95Ms)}`,
  };
}

function errorNote({ stays, errors }: StateLately): StateNote | undefined {
  if (errors === 0) return undefined;
  return {
    text: `${percent(errors / stays)} errors`,
    look: "error",
    title: `${errors} of ${plural(stays, "stay")} ended by an error`,
  };
}

export const percent = (share: number): string =>
  `${share > 0 && share < 0.1 ? (share * 100).toFixed(1) : Math.round(share * 100)} %`;

/** Of dwell: the states beside the slowest, by magnitude, so that one long wait does not make the rest look alike. */
function latelyHeat(paint: PaintName, { states }: LatelyView): Readonly<Record<string, number>> | undefined {
  if (paint === "flow") return undefined;
  const all = Object.entries(states);
  if (paint === "errors") return Object.fromEntries(all.map(([id, { errors, stays }]) => [id, errors / stays]));
  const most = Math.log1p(Math.max(0, ...all.map(([, { p95Ms }]) => p95Ms)));
  return Object.fromEntries(all.map(([id, { p95Ms }]) => [id, most === 0 ? 0 : Math.log1p(p95Ms) / most]));
}

/** What went wrong in each state, from the causes of what is parked or retries. */
function errorsOf(view: IncidentsView | undefined, { name, model }: MachineView): Readonly<Record<string, string>> {
  const root = model.states[0]?.id ?? name;
  const mine = (view?.incidents ?? []).filter((incident) => incident.name === name && incident.state !== undefined);
  return Object.fromEntries(
    mine.map(({ state = "", cause, error }) => [
      `${root}.${state.replaceAll(" › ", ".")}`,
      error === "" ? cause : error,
    ]),
  );
}

/** The share of a state's objects that is parked or retries. */
function troubleOf(counts: CountsView | undefined): Readonly<Record<string, number>> {
  const states = Object.entries(counts?.states ?? {});
  return Object.fromEntries(
    states.map(([id, { total, retrying = 0, parked = 0 }]) => [
      id,
      total === 0 ? 0 : Math.min(1, (retrying + parked) / total),
    ]),
  );
}
