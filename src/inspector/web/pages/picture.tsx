/** The left part of an object's page: its path on the chart, its saga's lanes, or its journal as a table. */
import type { JSX } from "preact";
import { useCallback, useMemo, useRef } from "preact/hooks";
import type { JournalRow, ObjectView } from "../../api.ts";
import type { ChartOverlay } from "../../chart/overlay.ts";
import { Chart } from "../chart.tsx";
import { useGeometry } from "../geometry.ts";
import type { Journal } from "../journal.ts";
import { Answered, At, Tabs, tabOf } from "../parts.tsx";
import { turnTo, usePlace } from "../place.ts";
import { useRoom } from "../room.ts";
import { type Column, Table } from "../table.tsx";
import { Lanes } from "./lanes.tsx";
import { PickedWays } from "./ways.tsx";

const PATH = ["path", "Path"] as const;
const LANES = ["lanes", "Saga lanes"] as const;
const JOURNAL = ["journal", "Journal"] as const;

export interface PictureProps {
  readonly object: ObjectView;
  readonly journal: Journal;
  readonly cursor: number;
  readonly lastTurn: number;
}

export function ObjectPicture({ object, journal, cursor, lastTurn }: PictureProps): JSX.Element {
  const { query } = usePlace();
  const tabs = object.saga === undefined ? [PATH, JOURNAL] : [PATH, LANES, JOURNAL];
  const tab = tabOf(query.get("view"), tabs);
  return (
    <section class="object-main" aria-label="What happened">
      <div class="object-tools">
        <Tabs name="view" look="pills" tabs={tabs} on={tab} />
        {tab === "path" && object.pathFrom > 0 ? (
          <span class="quiet">the path since turn {object.pathFrom}</span>
        ) : undefined}
      </div>
      {tab === "path" ? <PathChart object={object} /> : undefined}
      {tab === "lanes" && object.saga !== undefined ? <Lanes saga={object.saga} /> : undefined}
      {tab === "journal" ? <JournalTable journal={journal} cursor={cursor} lastTurn={lastTurn} /> : undefined}
    </section>
  );
}

function PathChart({ object }: { readonly object: ObjectView }): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const room = useRoom(frame);
  const geometry = useGeometry(object.name, "auto", room);
  const overlay = useMemo<ChartOverlay>(() => ({ object: object.overlay }), [object]);
  return (
    <div class="object-chart" ref={frame}>
      <Answered answer={geometry} skeleton={<div class="chart-wait">Drawing {object.name}…</div>}>
        {(drawn) => (
          <Chart
            geometry={drawn}
            overlay={overlay}
            onTransitions={(indexes) => turnTo({ arrow: indexes.join(",") }, "replace")}
          />
        )}
      </Answered>
      <PickedWays object={object} />
    </div>
  );
}

interface Line {
  readonly turn: number;
  readonly row: JournalRow | undefined;
}

function JournalTable({ journal, cursor, lastTurn }: Omit<PictureProps, "object">): JSX.Element {
  const { rows, firstTurn, want } = journal;
  const lines = useMemo(() => {
    const length = Math.max(0, lastTurn - firstTurn + 1);
    return Array.from({ length }, (_, i): Line => ({ turn: lastTurn - i, row: rows.get(lastTurn - i) }));
  }, [rows, firstTurn, lastTurn]);
  const look = useCallback(
    (from: number, to: number) => want(lastTurn - to + 1, lastTurn - from),
    [lastTurn, want, rows],
  );
  const open = (turn: number): void => turnTo({ turn: turn === lastTurn ? undefined : turn }, "replace");
  return (
    <Table
      label="Journal"
      isLong
      columns={columnsOf(open)}
      rows={lines}
      keyOf={({ turn }) => String(turn)}
      isPicked={({ turn }) => turn === cursor}
      onSight={look}
    />
  );
}

function columnsOf(open: (turn: number) => void): readonly Column<Line>[] {
  return [
    {
      id: "turn",
      title: "#",
      look: "num",
      cell: ({ turn }) => (
        <button type="button" class="link" onClick={() => open(turn)}>
          {turn}
        </button>
      ),
    },
    { id: "time", title: "time", cell: ({ row }) => (row === undefined ? "…" : <At at={row.committedAt} withMs />) },
    { id: "event", title: "event", cell: ({ row }) => <b class="ellipsis">{row?.label}</b> },
    {
      id: "way",
      title: "from → to",
      look: "wide",
      cell: ({ row }) =>
        row === undefined ? (
          ""
        ) : (
          <span class="ellipsis">
            {row.from === undefined || row.from === row.to ? row.to : `${row.from} → ${row.to}`}
          </span>
        ),
    },
    {
      id: "why",
      title: "why",
      look: "wide",
      cell: ({ row }) => <span class="ellipsis quiet">{row === undefined ? "" : whyOf(row)}</span>,
    },
  ];
}

/** The guards that decided, else who sent it. */
export function whyOf({ guards, source }: JournalRow): string {
  if (guards.length > 0) return guards.map(({ name, passed }) => `${name} ${passed ? "✓" : "✕"}`).join(", ");
  return source === undefined ? "" : `from ${source}`;
}
