/** The chart as a table: the same data for keyboards and screen readers, sorted by what one looks for. */
import type { JSX } from "preact";
import type { CountsView, MachineView, StateLately } from "../../api.ts";
import type { ChartModel, ChartState } from "../../chart/model.ts";
import { count, duration } from "../format.ts";
import { addressOf, go, turnTo, usePlace } from "../place.ts";
import { type Column, Table } from "../table.tsx";
import { percent, useLately } from "./paint.tsx";
import { pathOf } from "./state.tsx";

interface Row {
  readonly state: ChartState;
  readonly path: string;
  readonly depth: number;
  readonly total: number;
  readonly retrying: number;
  readonly parked: number;
  /** Of the stays that ended within the last hour; undefined where none did. */
  readonly lately: StateLately | undefined;
}

const SORTS = {
  chart: () => 0,
  objects: (a: Row, b: Row) => b.total - a.total,
  retrying: (a: Row, b: Row) => b.retrying - a.retrying,
  parked: (a: Row, b: Row) => b.parked - a.parked,
  dwell: (a: Row, b: Row) => (b.lately?.p95Ms ?? -1) - (a.lately?.p95Ms ?? -1),
  errors: (a: Row, b: Row) => (b.lately?.errors ?? 0) - (a.lately?.errors ?? 0),
} as const;
type Sort = keyof typeof SORTS;

export function States({
  machine,
  counts,
}: {
  readonly machine: MachineView;
  readonly counts: CountsView | undefined;
}): JSX.Element {
  const { query } = usePlace();
  const sort = (query.get("sort") ?? "chart") as Sort;
  const { name, model } = machine;
  const lately = useLately(name, true);
  const rows = model.states
    .filter(({ kind, parent }) => kind !== "history" && parent !== undefined)
    .map((state): Row => {
      const { total = 0, retrying = 0, parked = 0 } = counts?.states[state.id] ?? {};
      return {
        state,
        path: pathOf(model, state.id),
        depth: depthOf(model, state),
        total,
        retrying,
        parked,
        lately: lately?.states[state.id],
      };
    })
    .toSorted(SORTS[sort] ?? SORTS.chart);
  return (
    <div class="panel">
      <Table
        label={`States of ${name}`}
        columns={columnsOf(name, sort)}
        rows={rows}
        keyOf={({ state }) => state.id}
        onOpen={({ state }) => go(addressOf(["objects"], { name, state: state.id }))}
      />
    </div>
  );
}

function depthOf(model: ChartModel, state: ChartState): number {
  const above = model.states.find(({ id }) => id === state.parent);
  return above?.parent === undefined ? 0 : 1 + depthOf(model, above);
}

function columnsOf(name: string, sort: Sort): readonly Column<Row>[] {
  const head = (id: Sort, title: string): JSX.Element => (
    <button
      type="button"
      class="sort"
      aria-pressed={sort === id}
      onClick={() => turnTo({ sort: id === "chart" ? undefined : id }, "replace")}
    >
      {title}
    </button>
  );
  const number = (value: number, row: Row, flag?: string): JSX.Element =>
    value === 0 ? (
      <span class="nought">–</span>
    ) : (
      <a class="number" href={addressOf(["objects"], { name, state: row.state.id, flag })}>
        {count(value)}
      </a>
    );
  return [
    {
      id: "state",
      title: head("chart", "state"),
      look: "wide",
      cell: ({ state, path, depth }) => (
        <a
          class={`depth-${sort === "chart" ? Math.min(5, depth) : 0}`}
          href={addressOf(["machines", name], { state: state.id })}
        >
          {sort === "chart" ? state.key : path}
        </a>
      ),
    },
    { id: "kind", title: "kind", cell: ({ state }) => <span class="quiet">{state.kind}</span> },
    { id: "runs", title: "runs", cell: ({ state }) => state.invokes.map(({ src }) => src).join(", ") },
    {
      id: "tags",
      title: "tags",
      cell: ({ state }) =>
        state.tags.map((tag) => (
          <span key={tag} class="tag">
            {tag}
          </span>
        )),
    },
    { id: "objects", title: head("objects", "objects"), look: "num", cell: (row) => number(row.total, row) },
    {
      id: "retrying",
      title: head("retrying", "retrying"),
      look: "num",
      cell: (row) => number(row.retrying, row, "retrying"),
    },
    { id: "parked", title: head("parked", "parked"), look: "num", cell: (row) => number(row.parked, row, "parked") },
    {
      id: "dwell",
      title: head("dwell", "stay: median, 95 %"),
      look: "num",
      cell: ({ lately }) => (lately === undefined ? "" : `${duration(lately.p50Ms)}, ${duration(lately.p95Ms)}`),
    },
    {
      id: "errors",
      title: head("errors", "left by error"),
      look: "num",
      cell: ({ lately }) => (lately === undefined ? "" : `${percent(lately.errors / lately.stays)} of ${lately.stays}`),
    },
  ];
}
